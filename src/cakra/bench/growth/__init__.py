"""`cakra bench growth`: what a case costs and how long people wait when many cases are stored."""

from cakra.bench.growth.measuring import LEVELS, bench_growth, growth_table

__all__ = ["LEVELS", "bench_growth", "growth_table"]
