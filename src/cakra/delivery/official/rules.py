"""What may be registered as official, and what was in force when. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from cakra.core.delivery.official import sender_key
from cakra.core.errors import Conflict, InputError
from cakra.core.ports import Channel

Kind = Literal["whatsapp", "email", "sms", "letter", "host"]
_LONGEST_WORDS, _LONGEST_NAME, _LONGEST_HOST = 300, 100, 253
_LANDLINES = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.PAGER})
_CLAIMED_BY_NOBODY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
# 3GPP 23.038: at most 11 characters of an alphanumeric address; a name has a letter in it.
_SMS_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 ._-]{1,10}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9.-]+)")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_IP = re.compile(r"[0-9.]+|.*:.*")
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
# They hide where a link leads; a message never names one.
SHORTENERS = frozenset(
    {"bit.ly", "s.id", "tinyurl.com", "t.co", "goo.gl", "cutt.ly", "is.gd", "rb.gy", "ow.ly", "t.ly", "shorturl.at"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry of the register has. Official at t: valid_from <= t and (valid_to is None or t < valid_to).

    `notes` and reasons stay inside; `purpose` is published. Versions: of the change that made and closed it.
    """

    entry_id: int
    purpose: str
    notes: str
    valid_from: datetime
    valid_to: datetime | None
    version: int
    registered_by: str
    registered_at: datetime
    reason: str
    retired_version: int | None = None
    retired_by: str | None = None
    retired_at: datetime | None = None
    retire_reason: str | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it is official at that instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def ended(self, at: datetime) -> bool:
        """Whether it is official no more."""
        return self.valid_to is not None and self.valid_to <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialSender(Entry):
    """A number, address, SMS name or office. `sender`: its canonical form; `published`: as people read it."""

    channel: str
    sender: str
    published: str
    display_name: str
    portfolio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialHost(Entry):
    """An exact host name that messages may name."""

    host: str


def check_sender(channel: str, published: str) -> str:
    """The canonical form of a sender to be registered; InputError says what is wrong with it and what to write."""
    key = sender_key(channel, one_line(published, "sender", _LONGEST_NAME))
    match channel:
        case Channel.WHATSAPP:
            _check_number(key, published)
        case Channel.SMS:
            if key.startswith("+"):
                _check_number(key, published)
            elif not (_SMS_NAME.fullmatch(key) or _SHORT_CODE.fullmatch(key)):
                raise InputError(
                    f"{published!r} is no SMS sender; give a name of 2 to 11 letters and digits, a short code of 3 to 8"
                    " digits, or a number such as +62 812 3456 7890."
                )
        case Channel.EMAIL:
            found = _ADDRESS.fullmatch(key)
            if found is None:
                raise InputError(f"{published!r} is no plain e-mail address; write it such as notis@etle.example.")
            check_host(found[1])
        case Channel.LETTER:
            pass  # the name of an office; one line of text is all that can be asked
        case _:
            raise InputError(f"There is no channel {channel!r}; one of: {', '.join(Channel)}.")
    return key


def _check_number(key: str, published: str) -> None:
    if not key.startswith("+"):
        raise InputError(
            f"{published!r} has no country code; write it in international form, such as +62 812 3456 7890."
        )
    try:
        number = phonenumbers.parse(key)
    except NumberParseException as problem:
        raise InputError(f"{published!r} is no telephone number: it has letters, or an unknown country.") from problem
    if not phonenumbers.is_possible_number(number):
        raise InputError(f"{published!r} has too few or too many digits for a number of its country.")
    kind = phonenumbers.number_type(number)
    if kind in _LANDLINES:
        raise InputError(f"{published!r} is a landline; an official sender of messages is a mobile number.")
    if kind in _CLAIMED_BY_NOBODY:
        raise InputError(f"{published!r} is a premium number; people would pay to answer. Name a mobile number.")


def check_host(host: str, *, loopback: bool = False) -> str:
    """The canonical form of a host to be registered; InputError. `loopback`: this machine's own is allowed too."""
    plain = host.strip().lower()
    if loopback and plain in LOOPBACK:
        return plain
    if not plain.isascii() or any(label.startswith("xn--") for label in plain.split(".")):
        raise InputError(f"{host!r} has letters outside a-z, which can be made to look like others; use plain ones.")
    if "/" in plain or "@" in plain or "?" in plain:
        raise InputError(f"{host!r} is more than a host; write only the name, such as konfirmasi.etle.example.")
    if _IP.fullmatch(plain):
        raise InputError(f"{host!r} is an address or has a port; write only the name, such as konfirmasi.etle.example.")
    labels = plain.split(".")
    if len(plain) > _LONGEST_HOST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - a name below a name
        raise InputError(f"{host!r} is no host name; write it such as konfirmasi.etle.example.")
    if plain in SHORTENERS:
        raise InputError(f"{host!r} shortens links and hides where they lead; name the site itself.")
    return plain


def check_words(**words: str) -> None:
    """Purpose, reason and the like: one line each, not empty, at most 300 characters. InputError."""
    for name, text in words.items():
        one_line(text, name.replace("_", " "), _LONGEST_WORDS)


def one_line(text: str, name: str, longest: int) -> str:
    """The text without blanks around it; InputError when empty, too long, or with characters nobody sees."""
    plain = text.strip()
    if not plain or len(plain) > longest:
        raise InputError(f"Give a {name} of 1 to {longest} characters.")
    if not plain.isprintable():
        raise InputError(f"The {name} has a line break or an invisible character; write it on one line.")
    return plain


def check_start(earlier: Iterable[Entry], valid_from: datetime, named: str) -> None:
    """Refuse what would be official twice at once; Conflict says since or until when it is."""
    for entry in earlier:
        if entry.valid_to is None:
            raise Conflict(
                f"{named} is official since {entry.valid_from:%Y-%m-%d %H:%M} UTC already;"
                " retire it first with `cakra official retire`."
            )
        if valid_from < entry.valid_to:
            raise Conflict(
                f"{named} is official until {entry.valid_to:%Y-%m-%d %H:%M} UTC; begin then or later, not at"
                f" {valid_from:%Y-%m-%d %H:%M} UTC."
            )


def check_end(entry: Entry, valid_to: datetime, at: datetime, named: str) -> None:
    """Refuse an end in the past: what was official stays so, whoever asks later. InputError."""
    if valid_to < at:
        raise InputError(
            f"{named} cannot be retired as of {valid_to:%Y-%m-%d %H:%M} UTC: that is past,"
            " and history is not rewritten."
        )
    if valid_to < entry.valid_from:
        raise InputError(
            f"{named} is official only from {entry.valid_from:%Y-%m-%d %H:%M} UTC; it cannot end before it begins."
        )


def unofficial(
    used: Mapping[str, Collection[str]], entries: Sequence[OfficialSender], at: datetime
) -> list[tuple[str, str, str]]:
    """(channel, sender, sentence) of every sender in use (channel → names) that is not official at that instant."""
    found = []
    for channel, names in used.items():
        for name in names:
            own = [one for one in entries if one.channel == channel and one.sender == sender_key(channel, name)]
            if not any(one.in_force(at) for one in own):
                found.append((channel, name, _why_not(channel, name, own, at)))
    return found


def _why_not(channel: str, name: str, own: Sequence[OfficialSender], at: datetime) -> str:
    told = f"The {channel} sender {name}"
    coming = [one.valid_from for one in own if one.valid_from > at]
    if coming:
        return f"{told} is official only from {min(coming):%Y-%m-%d %H:%M} UTC."
    ended = [one.valid_to for one in own if one.valid_to is not None]
    if ended:
        return f"{told} has not been official since {max(ended):%Y-%m-%d %H:%M} UTC; `cakra official list` shows all."
    return f"{told} is not registered as official; {how_to_register(channel, name)}"


def how_to_register(kind: str, name: str) -> str:
    """The command that registers it."""
    shown = "" if kind == "host" else ' --name "ETLE"'
    return (
        f'an administrator registers it: cakra official register {kind} "{name}"{shown}'
        ' --purpose "Konfirmasi ETLE" --reason "…" --as USERNAME'
    )
