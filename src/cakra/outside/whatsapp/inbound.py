"""Messages from people, as the provider's webhooks carry them."""

from collections.abc import Iterator, Mapping
from typing import Any

from cakra.core.ports import Inbound
from cakra.outside.whatsapp.reading import as_instant, dicts, digits, text_at

LONGEST_TEXT = 4096  # the provider's own limit of a text
LONGEST_ID = 512
# No messages: what the app itself says about a number, and a sign put on a message of ours.
_NO_MESSAGE = frozenset({"system", "reaction"})


def read_inbound(value: Mapping[str, Any], numbers: Mapping[str, str]) -> Iterator[Inbound | None]:
    """Every message of one change, None for one that cannot be read. `numbers`: phone number id → our sender.

    A person may come without a number (business-scoped id), and a contact without either.
    """
    sender = numbers.get(text_at(value, "metadata", "phone_number_id"), "")
    contacts = dicts(value.get("contacts"))
    for place, message in enumerate(dicts(value.get("messages"))):
        if message.get("type") in _NO_MESSAGE:
            continue
        contact = contacts[place] if place < len(contacts) else contacts[0] if len(contacts) == 1 else {}
        provider_id, person = text_at(message, "id"), _person(message, contact)
        if not provider_id or len(provider_id) > LONGEST_ID or not person:
            yield None
            continue
        kind, text, payload = _said(message)
        yield Inbound(
            provider_id=provider_id,
            sender=sender,
            person=person,
            kind=kind,
            at=as_instant(message.get("timestamp")),
            text=text[:LONGEST_TEXT],
            payload=payload[:LONGEST_ID],
            about=text_at(message, "context", "id")[:LONGEST_ID],
        )


def _person(message: Mapping[str, Any], contact: Mapping[str, Any]) -> str:
    number = digits(text_at(message, "from")) or digits(text_at(contact, "wa_id"))
    if number:
        return f"+{number}"
    return (text_at(message, "from_user_id") or text_at(contact, "user_id"))[:LONGEST_ID]


def _said(message: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind, text and payload."""
    match message.get("type"):
        case "text":
            return "text", text_at(message, "text", "body"), ""
        case "button":
            return "button", text_at(message, "button", "text"), text_at(message, "button", "payload")
        case "interactive" if text_at(message, "interactive", "button_reply", "title"):
            title = text_at(message, "interactive", "button_reply", "title")
            return "button", title, text_at(message, "interactive", "button_reply", "id")
        case _:
            return "other", "", ""
