"""Money: what delivery costs by day, channel, sender and jurisdiction; budgets, their forecast and their alarms.

correcting.py an attempt's cost   books.py the sums   budgets.py budgets, alarms, holds   holding.py a held channel
rules.py forecast and alarms, pure   tariffs.toml prices
"""
