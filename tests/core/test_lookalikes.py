"""Which characters are taken for one another, and how easily: known answers and the shape of the table."""

import pytest

from cakra.core.identifiers.lookalikes import ALPHABET, EXCHANGE_COST


@pytest.mark.parametrize(
    ("seen", "meant", "cost"),
    [
        ("0", "O", 1.0),
        ("8", "O", 1.0),
        ("6", "G", 1.5),
        ("E", "F", 1.5),
        ("K", "X", 1.5),
        ("I", "L", 1.5),
        ("1", "7", 2.0),
        ("P", "F", 2.0),
        ("I", "T", 2.0),
        ("5", "G", 2.0),
    ],
)
def test_what_an_exchange_costs(seen, meant, cost) -> None:
    assert EXCHANGE_COST[seen][meant] == cost
    assert EXCHANGE_COST[meant][seen] == cost


def test_every_character_means_itself_for_nothing_and_others_for_something() -> None:
    assert set(EXCHANGE_COST) == set(ALPHABET)
    for seen, meant in EXCHANGE_COST.items():
        assert meant[seen] == 0.0
        assert all(cost >= 1.0 for other, cost in meant.items() if other != seen)


def test_what_nobody_confuses_is_not_in_the_table() -> None:
    assert "W" not in EXCHANGE_COST["1"]
    assert "A" not in EXCHANGE_COST["0"]
