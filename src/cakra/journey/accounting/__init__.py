"""Money: what delivery costs by day, channel, sender and jurisdiction; budgets, their forecast and their alarms.

books.py the sums   budgets.py budgets, alarms, holds   rules.py forecast and alarms, pure   tariffs.toml prices
"""
