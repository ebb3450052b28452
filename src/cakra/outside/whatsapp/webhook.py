"""The provider's webhooks: whether they are genuine, and the receipts they carry."""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.outside.whatsapp.codes import meaning_of_failure

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
    """Verifies and reads one app's webhooks."""

    def __init__(self, app_secret: str) -> None:
        self._secret = app_secret.encode()

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the raw bytes carry the app's HMAC-SHA256 (constant time); header names in any case.

        Without a secret nothing is genuine: anybody could make the HMAC of an empty key.
        """
        given = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
        expected = "sha256=" + hmac.new(self._secret, raw, sha256).hexdigest()
        return hmac.compare_digest(given.encode(), expected.encode()) and bool(self._secret)

    def receipts(self, raw: bytes) -> Sequence[Receipt]:
        """The receipts of one verified body, in the order given; what cannot be read is left out.

        Messages from people are counted in the log and left for later.
        """
        found: list[Receipt] = []
        inbound = unreadable = 0
        for value in _values(raw):
            inbound += len(_dicts(value.get("messages")))
            for status in _dicts(value.get("statuses")):
                receipt = _receipt(status)
                if receipt is None:
                    unreadable += 1
                else:
                    found.append(receipt)
        if inbound:
            _log.info("whatsapp_inbound_left", count=inbound)
        if unreadable:
            _log.warning("whatsapp_status_unreadable", count=unreadable)
        return found


def _values(raw: bytes) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        _log.warning("whatsapp_webhook_unreadable", size=len(raw))
        return
    for entry in _dicts(document.get("entry") if isinstance(document, dict) else None):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                yield value


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
        at=_instant(status.get("timestamp")),
        action=action,
        code=code,
        detail=detail,
    )


def _failure(status: dict[str, Any]) -> tuple[Action, str, str]:
    errors = _dicts(status.get("errors"))
    code = errors[0].get("code") if errors else None
    meaning = meaning_of_failure(code if isinstance(code, int) else None)
    return meaning.action, "" if code is None else str(code), meaning.words


def _instant(seconds: object) -> datetime:
    """Unix seconds, as text or number; a status without a sound time happened when it reached us."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return now()


def _dicts(items: object) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
