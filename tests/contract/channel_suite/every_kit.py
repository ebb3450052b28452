"""The channels that the suite is run for, and which tests have a meaning for which of them."""

from collections.abc import Callable, Iterable
from typing import Any

from kit_email import EmailKit
from kit_letter import LetterKit
from kit_sms import InfobipKit, SmppKit
from kit_whatsapp import WhatsAppKit

KITS = {kit.name: kit for kit in (WhatsAppKit, EmailKit, SmppKit, InfobipKit, LetterKit)}


def cases_of(test: Callable[..., Any]) -> set[str]:
    """The cases a test needs, as its marks `needs` say."""
    marks: Iterable[Any] = getattr(test, "pytestmark", ())
    return {case for mark in marks if mark.name == "needs" for case in mark.args}


def channels_of(test: Callable[..., Any]) -> list[str]:
    """The channels a test is run for: those whose kit leaves out none of its cases."""
    return [name for name, kit in KITS.items() if not cases_of(test) & set(kit.excluded)]
