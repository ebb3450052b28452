"""CPU, memory and commits of the processes under measurement."""

from dataclasses import dataclass

import psutil

from cakra.store.db import Pool


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far."""

    worker: float
    postgresql: float
    peer: float


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of everything below it, ended children included."""
    process = psutil.Process(pid)
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if one.pid == pid:
            total += times.children_user + times.children_system
    return total


def spent(worker: int, postgresql: int, peer: int) -> Spent:
    """CPU seconds of the three."""
    return Spent(cpu_of(worker), cpu_of(postgresql), cpu_of(peer))


def max_rss_mb(pid: int) -> float:
    """Largest resident memory of a process and of each below it, so far (VmHWM)."""
    largest = 0.0
    for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            with open(f"/proc/{one.pid}/status", encoding="ascii") as status:  # noqa: PTH123 - a kernel file
                peak = next(line for line in status if line.startswith("VmHWM"))
        except (OSError, StopIteration):
            continue
        largest = max(largest, int(peak.split()[1]) / 1024)
    return round(largest, 1)


async def commits(pool: Pool) -> int:
    """Transactions committed in this database so far (the server counts them with a short delay)."""
    return int(await pool.fetchval("select xact_commit from pg_stat_database where datname = current_database()"))


def percentiles(milliseconds: list[float]) -> dict[str, float] | None:
    """p50 and p99, or None without values."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    return {
        "p50": round(ordered[len(ordered) // 2], 1),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
    }
