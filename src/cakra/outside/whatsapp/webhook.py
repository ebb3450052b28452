"""The provider's webhooks: whether they are genuine, and what they say."""

import hmac
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState, Word
from cakra.kit.logs import get_logger
from cakra.outside.whatsapp.codes import meaning_of_failure
from cakra.outside.whatsapp.inbound import read_inbound
from cakra.outside.whatsapp.reading import as_instant, changes, dicts
from cakra.outside.whatsapp.words import read_words

SIGNATURE_HEADER = "x-hub-signature-256"
_STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}
_log = get_logger(__name__)


def challenge(query: Mapping[str, str], verify_token: str) -> str | None:
    """The text to echo when the provider verifies our address; None: answer 403."""
    given = query.get("hub.verify_token", "")
    genuine = hmac.compare_digest(given.encode(), verify_token.encode())
    if not verify_token or not genuine or query.get("hub.mode") != "subscribe":
        return None
    return query.get("hub.challenge")


class WhatsAppCallbacks(Callbacks):
    """Verifies and reads one app's webhooks. `numbers`: phone number id → the sender's public name."""

    def __init__(self, app_secret: str, numbers: Mapping[str, str] | None = None) -> None:
        self._secret = app_secret.encode()
        given = dict(numbers or {})
        # Some words name a number by its id, some by its digits.
        self._numbers = given | {re.sub(r"\D", "", name): name for name in given.values()}

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the raw bytes carry the app's HMAC-SHA256 (constant time); header names in any case.

        Without a secret nothing is genuine: anybody could make the HMAC of an empty key.
        """
        given = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
        expected = "sha256=" + hmac.new(self._secret, raw, sha256).hexdigest()
        return hmac.compare_digest(given.encode(), expected.encode()) and bool(self._secret)

    def receipts(self, raw: bytes) -> Sequence[Receipt]:
        """The receipts of one verified body, in the order given; what cannot be read is left out."""
        read = [
            _receipt(status)
            for change in changes(raw)
            if change.field == "messages"
            for status in dicts(change.value.get("statuses"))
        ]
        found = [receipt for receipt in read if receipt is not None]
        if len(found) < len(read):
            _log.warning("whatsapp_status_unreadable", count=len(read) - len(found))
        return found

    def words(self, raw: bytes) -> Sequence[Word]:
        """What people wrote, and what the provider says about templates, numbers and the account."""
        found: list[Word] = []
        unreadable = 0
        for change in changes(raw):
            if change.field != "messages":
                found += read_words(change, self._numbers)
                continue
            for message in read_inbound(change.value, self._numbers):
                if message is None:
                    unreadable += 1
                else:
                    found.append(message)
        if unreadable:
            _log.warning("whatsapp_inbound_unreadable", count=unreadable)
        return found


def _receipt(status: dict[str, Any]) -> Receipt | None:
    """One status; a person without a number (business-scoped id) has no recipient_id, which we never need."""
    provider_id, state = status.get("id"), _STATES.get(str(status.get("status")))
    if not isinstance(provider_id, str) or not provider_id or state is None:
        return None
    tag = status.get("biz_opaque_callback_data")
    action, code, detail = Action.NONE, "", ""
    if state is ReceiptState.FAILED:
        action, code, detail = _failure(status)
    return Receipt(
        tag=tag if isinstance(tag, str) and tag else None,
        provider_id=provider_id,
        state=state,
        at=as_instant(status.get("timestamp")),
        action=action,
        code=code,
        detail=detail,
        billable=_billable(status.get("pricing")),
    )


def _billable(pricing: object) -> bool | None:
    """What the first status that carries pricing says; free in a service window, or after a click on an advert."""
    told = pricing.get("billable") if isinstance(pricing, dict) else None
    return told if isinstance(told, bool) else None


def _failure(status: dict[str, Any]) -> tuple[Action, str, str]:
    errors = dicts(status.get("errors"))
    code = errors[0].get("code") if errors else None
    meaning = meaning_of_failure(code if isinstance(code, int) else None)
    return meaning.action, "" if code is None else str(code), meaning.words
