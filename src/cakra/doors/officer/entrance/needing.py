"""What a route asks of who calls it: every route of the officers' house declares one act, or that anybody may come."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from cakra.core.access.rights import Act
from cakra.core.errors import SetupError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
ANYBODY: Final = None
"""For the door itself: signing in and out."""
_NEEDED: WeakKeyDictionary[Callable[..., Any], Act | None] = WeakKeyDictionary()


def needs(act: Act | None) -> Callable[[Endpoint], Endpoint]:
    """Declare what an endpoint asks for; stands below the route's decorator.

    Who calls must hold the act in some office; upon a case or a row, the endpoint asks again for its office.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        _NEEDED[endpoint] = act
        return endpoint

    return declare


def act_of(endpoint: Callable[..., Any]) -> Act | None:
    """What was declared; SetupError where nothing was, so that such a house does not open."""
    try:
        return _NEEDED[endpoint]
    except KeyError:
        raise SetupError(f"The route {endpoint.__qualname__} declares no act; write @needs(Act.…) below it.") from None
