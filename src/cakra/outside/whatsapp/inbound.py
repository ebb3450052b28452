"""Messages from people, as the provider's webhooks carry them."""

from collections.abc import Iterator, Mapping
from typing import Any

from cakra.core.foreign import each, member, records, text
from cakra.core.ports import Inbound
from cakra.outside.whatsapp.reading import as_instant, digits, id_at, text_at

# No messages: what the app itself says about a person or number, and a sign put on a message of ours.
_NO_MESSAGE = frozenset({"system", "reaction"})
_NEW_NUMBER = frozenset({"user_changed_number", "customer_changed_number"})


def read_inbound(value: Mapping[str, Any], numbers: Mapping[str, str]) -> Iterator[Inbound | None]:
    """Every message of one change, None for one that cannot be read. `numbers`: phone number id → our sender.

    A person may come without a number (business-scoped id), and a contact without either. That a person's number
    changed comes as a message too (kind `moved`), from the old number; the new one is not read.
    """
    sender = numbers.get(id_at(value, "metadata", "phone_number_id"), "")
    contacts = records(value.get("contacts"))
    for place, message in enumerate(each(value.get("messages"))):
        if not isinstance(message, dict):
            yield None
            continue
        kind, said, payload = _said(message)
        if kind in _NO_MESSAGE:
            continue
        contact = contacts[place] if place < len(contacts) else contacts[0] if len(contacts) == 1 else {}
        provider_id, person = id_at(message, "id"), _person(message, contact)
        if not provider_id or not person or (kind == "moved" and not person.startswith("+")):
            yield None
            continue
        yield Inbound(
            provider_id=provider_id,
            sender=sender,
            person=person,
            kind=kind,
            at=as_instant(message.get("timestamp")),
            text=said,
            payload=payload,
            about=id_at(message, "context", "id"),
        )


def _person(message: Mapping[str, Any], contact: Mapping[str, Any]) -> str:
    number = digits(text_at(message, "from")) or digits(text_at(contact, "wa_id"))
    if number:
        return f"+{number}"
    return id_at(message, "from_user_id") or id_at(contact, "user_id")


def _said(message: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind, text and payload."""
    match message.get("type"):
        case "text":
            return "text", text(member(message, "text", "body")), ""
        case "button":
            return "button", text(member(message, "button", "text")), id_at(message, "button", "payload")
        case "interactive" if title := text(member(message, "interactive", "button_reply", "title")):
            return "button", title, id_at(message, "interactive", "button_reply", "id")
        case "system" if text_at(message, "system", "type") in _NEW_NUMBER:
            return "moved", "", ""
        case "system" | "reaction" as kind:
            return str(kind), "", ""
        case _:
            return "other", "", ""
