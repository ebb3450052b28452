"""The provider's words about our templates, numbers and account. Source: Meta's webhook reference (2026)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cakra.core.foreign import records
from cakra.core.ports import AccountWord, TemplateWord, Weight
from cakra.outside.whatsapp.reading import WebhookChange, digits, id_at, text_at

# A template in one of these may be sent; FLAGGED is a warning only.
_USABLE = frozenset({"approved", "reinstated", "flagged", "unarchived"})
_UNUSABLE = frozenset(
    {"paused", "disabled", "rejected", "pending", "pending_deletion", "deleted", "archived", "in_appeal"}
)
# Restrictions of an account under which messages do not leave.
_SILENCING = frozenset({"RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"})
_BAN = {"DISABLE": Weight.STOP, "SCHEDULE_FOR_DISABLE": Weight.ALARM}
_ACCOUNT = {
    "ACCOUNT_DELETED": Weight.STOP,
    "ACCOUNT_OFFBOARDED": Weight.STOP,
    "ACCOUNT_VIOLATION": Weight.ALARM,
    "PARTNER_REMOVED": Weight.ALARM,
}
_SEVERITY = {"CRITICAL": Weight.STOP, "WARNING": Weight.ALARM}
_OVER = frozenset({"RESOLVED", "DISMISSED"})
_WORSE = frozenset({"FLAGGED", "DOWNGRADE"})
_LONGEST = 300
_MOST_RESTRICTIONS = 20

Numbers = Mapping[str, str]
"""Phone number id, or the digits of a number → our sender's public name."""


def read_words(change: WebhookChange, numbers: Numbers) -> Iterator[TemplateWord | AccountWord]:
    """What one change says about a template or an account; nothing for a field that we do not know."""
    reader = _READERS.get(change.field)
    if reader is not None:
        yield from reader(change.value, change.at, numbers)


def _template_status(value: dict[str, Any], at: datetime, _numbers: Numbers) -> Iterator[TemplateWord]:
    status = text_at(value, "event").lower()
    places = ("reason",), ("other_info", "description"), ("rejection_info",), ("rejection_info", "reason")
    reasons = (text_at(value, *place, most=_LONGEST) for place in places)
    reason = next((reason for reason in reasons if reason and reason != "NONE"), "")
    # A status that is not in our table neither stops a template nor lets it go on.
    usable = True if status in _USABLE else False if status in _UNUSABLE else None
    category = text_at(value, "message_template_category").lower() or None
    yield from _about(value, at, status=status or None, usable=usable, category=category, reason=reason)


def _template_quality(value: dict[str, Any], at: datetime, _numbers: Numbers) -> Iterator[TemplateWord]:
    yield from _about(value, at, quality=text_at(value, "new_quality_score").lower() or None)


def _template_category(value: dict[str, Any], at: datetime, _numbers: Numbers) -> Iterator[TemplateWord]:
    yield from _about(value, at, category=text_at(value, "new_category").lower() or None)


def _about(value: dict[str, Any], at: datetime, **said: Any) -> Iterator[TemplateWord]:
    name, language = id_at(value, "message_template_name"), id_at(value, "message_template_language")
    if name and language and len(name) + len(language) <= _LONGEST:
        yield TemplateWord(name, language, at, **said)


def _number_quality(value: dict[str, Any], at: datetime, numbers: Numbers) -> Iterator[AccountWord]:
    event = text_at(value, "event")
    told = ("old_limit", "current_limit", "max_daily_conversations_per_business")
    weight = Weight.ALARM if event in _WORSE else Weight.NOTE
    yield AccountWord(_number(value, "display_phone_number", numbers), event, weight, at, _told(value, *told))


def _account(value: dict[str, Any], at: datetime, numbers: Numbers) -> Iterator[AccountWord]:
    event, detail, weight = text_at(value, "event"), "", Weight.NOTE
    match event:
        case "DISABLED_UPDATE":
            detail = text_at(value, "ban_info", "waba_ban_state")
            weight = _BAN.get(detail, Weight.NOTE)
        case "ACCOUNT_RESTRICTION":
            kinds = [
                text_at(each, "restriction_type") for each in records(value.get("restriction_info"), _MOST_RESTRICTIONS)
            ]
            detail = ", ".join(kinds)
            weight = Weight.STOP if _SILENCING.intersection(kinds) else Weight.ALARM
        case _:
            detail = text_at(value, "violation_info", "violation_type")
            weight = _ACCOUNT.get(event, Weight.NOTE)
    yield AccountWord(_number(value, "phone_number", numbers), event, weight, at, detail[:_LONGEST])


def _alert(value: dict[str, Any], at: datetime, numbers: Numbers) -> Iterator[AccountWord]:
    """Some alerts have their words at the top, some one level down."""
    info = value.get("alert_info")
    told = {**value, **info} if isinstance(info, dict) else value
    over = text_at(told, "alert_status").upper() in _OVER
    weight = Weight.NOTE if over else _SEVERITY.get(text_at(told, "alert_severity").upper(), Weight.NOTE)
    detail = _told(told, "alert_severity", "alert_status", "alert_description")
    yield AccountWord(numbers.get(id_at(value, "entity_id"), ""), text_at(told, "alert_type"), weight, at, detail)


def _capability(value: dict[str, Any], at: datetime, _numbers: Numbers) -> Iterator[AccountWord]:
    told = (
        "max_daily_conversations_per_business",
        "max_daily_conversation_per_phone",
        "max_phone_numbers_per_business",
    )
    yield AccountWord("", "BUSINESS_CAPABILITY", Weight.NOTE, at, _told(value, *told))


def _security(value: dict[str, Any], at: datetime, numbers: Numbers) -> Iterator[AccountWord]:
    """Somebody changed, or wants to change, the PIN of a number: if it was not us, it is being taken over."""
    yield AccountWord(_number(value, "display_phone_number", numbers), text_at(value, "event"), Weight.ALARM, at)


def _number(value: dict[str, Any], name: str, numbers: Numbers) -> str:
    return numbers.get(digits(text_at(value, name)), "")


def _told(value: Mapping[str, Any], *names: str) -> str:
    return ", ".join(f"{name} {told}" for name in names if (told := text_at(value, name, most=_LONGEST)))[:_LONGEST]


_READERS: Mapping[str, Callable[[dict[str, Any], datetime, Numbers], Iterator[TemplateWord | AccountWord]]] = {
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "template_category_update": _template_category,
    "phone_number_quality_update": _number_quality,
    "account_update": _account,
    "account_alerts": _alert,
    "business_capability_update": _capability,
    "security": _security,
}
