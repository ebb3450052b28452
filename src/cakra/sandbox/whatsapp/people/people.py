"""What people wrote. A number may be hidden: then the provider gives a business-scoped id instead."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from os import urandom
from typing import Any

from cakra.kit.clock import now

_WINDOW_S = 24 * 3600.0
_PEOPLE_KEPT = 20_000
_SAID_KEPT = 200


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """One message from a person. `about`: our message whose button was tapped, "" for typed text."""

    text: str
    at: datetime
    about: str = ""


class People:
    """Everybody who wrote, and when to whom; what a message to us looks like in a webhook."""

    def __init__(self, own_number: str, hidden_suffixes: tuple[str, ...]) -> None:
        self._own_number, self._hidden = own_number, hidden_suffixes
        self._said: OrderedDict[str, list[PersonSaid]] = OrderedDict()
        self._wrote: OrderedDict[tuple[str, str], float] = OrderedDict()  # (our number's id, theirs) → when
        self._numbers: dict[str, str] = {}  # scoped id → number
        self._run, self._sequence = urandom(5).hex().upper(), count(1)

    def said(self, number: str) -> list[PersonSaid]:
        """What one number wrote, oldest first."""
        return self._said.get(number, [])

    def tapped(self, number: str, wamid: str) -> bool:
        """Whether a button of this message of ours was tapped already."""
        return any(one.about == wamid for one in self.said(number))

    def numbers(self) -> list[str]:
        """Who wrote, newest first."""
        return list(reversed(self._said))

    def window_is_open(self, owner: str, number: str) -> bool:
        """Whether a free text may go from our number to theirs: they wrote within 24 hours."""
        return time.monotonic() - self._wrote.get((owner, number), float("-inf")) < _WINDOW_S

    def number_of(self, scoped_id: str) -> str | None:
        """Whose id this is."""
        return self._numbers.get(scoped_id)

    def is_hidden(self, number: str) -> bool:
        """Whether this person's number is kept from us."""
        return bool(self._hidden) and number.endswith(self._hidden)

    def types(self, owner: str, number: str, text: str) -> dict[str, Any]:
        """Somebody writes a text; the webhook's message."""
        self._keep(owner, number, PersonSaid(text, now()))
        return self._message(number) | {"type": "text", "text": {"body": text}}

    def taps(self, owner: str, number: str, wamid: str, label: str, payload: str) -> dict[str, Any]:
        """Somebody taps a quick reply of our message; the webhook's message."""
        self._keep(owner, number, PersonSaid(label, now(), wamid))
        return self._message(number) | {
            "type": "button",
            "button": {"payload": payload or label, "text": label},
            "context": {"from": self._own_number, "id": wamid},
        }

    def contact(self, number: str) -> dict[str, Any]:
        """Who it is about, in a webhook."""
        told: dict[str, Any] = {"profile": {"name": "CONTOH"}, "user_id": self._scoped(number)}
        return told if self.is_hidden(number) else told | {"wa_id": number}

    def _message(self, number: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": f"wamid.I{self._run}{next(self._sequence):06X}",
            "timestamp": str(int(now().timestamp())),
            "from_user_id": self._scoped(number),
        }
        return told if self.is_hidden(number) else told | {"from": number}

    def _scoped(self, number: str) -> str:
        scoped = f"ID.{int(number) * 7919 % 10**15:015d}"
        self._numbers[scoped] = number
        return scoped

    def _keep(self, owner: str, number: str, said: PersonSaid) -> None:
        self._said.setdefault(number, []).append(said)
        del self._said[number][:-_SAID_KEPT]
        self._said.move_to_end(number)
        self._wrote[owner, number] = time.monotonic()
        for kept in (self._said, self._wrote):
            if len(kept) > _PEOPLE_KEPT:
                kept.popitem(last=False)
