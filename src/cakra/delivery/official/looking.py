"""Whether a sender or address that somebody was written to from is official. Pure.

Exact match only: a number, address or host that merely looks alike is another one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from cakra.core.delivery.official import sender_key
from cakra.core.ports import Channel
from cakra.delivery.official.registry import Register
from cakra.delivery.official.rules import Entry, OfficialHost, OfficialSender

Answer = Literal["official", "ended", "coming", "unknown"]
_NATIONAL = re.compile(r"0[0-9]{8,13}")
_BARE_INTERNATIONAL = re.compile(r"62[0-9]{8,13}")


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What is known of it: in force, ended, not begun, or nothing."""

    answer: Answer
    entry: OfficialSender | OfficialHost | None = None


def look_up(register: Register, text: str, at: datetime) -> RegisterAnswer:
    """What the register says at that instant of a number (also as 08… or 62…), address, SMS name, host or link."""
    keys = {(channel, key) for channel in Channel for key in _spellings(channel, text)}
    host = _host(text)
    own: list[OfficialSender | OfficialHost] = [one for one in register.senders if (one.channel, one.sender) in keys]
    own += [one for one in register.hosts if one.host == host]
    return _judge(own, at)


def _judge(own: Sequence[OfficialSender | OfficialHost], at: datetime) -> RegisterAnswer:
    for entry in own:
        if entry.in_force(at):
            return RegisterAnswer("official", entry)
    if ended := [entry for entry in own if entry.ended(at)]:
        return RegisterAnswer("ended", max(ended, key=_begin))
    return RegisterAnswer("coming", min(own, key=_begin)) if own else RegisterAnswer("unknown")


def _begin(entry: Entry) -> datetime:
    return entry.valid_from


def _spellings(channel: Channel, text: str) -> set[str]:
    key = sender_key(channel, text)
    if channel in {Channel.WHATSAPP, Channel.SMS}:
        if _NATIONAL.fullmatch(key):
            return {"+62" + key[1:]}
        if _BARE_INTERNATIONAL.fullmatch(key):
            return {"+" + key}
    return {key}


def _host(text: str) -> str:
    """The host of a link or of a bare name; what a person is led to by what stands before an `@` is not it."""
    plain = text.strip()
    if " " in plain or ("@" in plain and "//" not in plain):
        return ""
    try:
        return (urlsplit(plain if "//" in plain else f"//{plain}").hostname or "").rstrip(".")
    except ValueError:
        return ""
