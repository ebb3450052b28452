"""A few owners answer by the portal, as anybody would: by its pages, without JavaScript."""

from collections.abc import Sequence

from cakra.demo.city import City
from cakra.store.db import Row


def answer_some(portal: str, cases: Sequence[Row], city: City) -> None:
    """Each of these cases' owners admits to having driven."""
    del portal, cases, city
