"""The provider's webhooks: whether they are genuine, and what they say."""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from cakra.core.foreign import each, flag, integer, member, text
from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState, Word
from cakra.outside.whatsapp.codes import LARGEST_CODE, action_for, meaning_of_failure
from cakra.outside.whatsapp.inbound import read_inbound
from cakra.outside.whatsapp.reading import LONGEST_NAME, as_instant, changes, digits, id_at, text_at
from cakra.outside.whatsapp.words import read_words

SIGNATURE_HEADER = "x-hub-signature-256"
_STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}


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
        return [receipt for receipt in _statuses(raw) if receipt is not None]

    def words(self, raw: bytes) -> Sequence[Word]:
        """What people wrote, and what the provider says about templates, numbers and the account."""
        return [word for word in self._words(raw) if word is not None]

    def unread(self, raw: bytes) -> Mapping[str, int]:
        """How many statuses and messages of one verified body say nothing that we understand."""
        counted = {
            "status": sum(one is None for one in _statuses(raw)),
            "message": sum(one is None for one in self._words(raw)),
        }
        return {name: count for name, count in counted.items() if count}

    def _words(self, raw: bytes) -> Iterator[Word | None]:
        for change in changes(raw):
            if change.field == "messages":
                yield from read_inbound(change.value, self._numbers)
            else:
                yield from read_words(change, self._numbers)


def _statuses(raw: bytes) -> Iterator[Receipt | None]:
    """Each status read for itself; None for one that cannot be."""
    for change in changes(raw):
        if change.field == "messages":
            ours = digits(text_at(change.value, "metadata", "display_phone_number"))
            for status in each(change.value.get("statuses")):
                yield _receipt(status, ours) if isinstance(status, dict) else None


def _receipt(status: dict[str, Any], ours: str) -> Receipt | None:
    """One status; a person without a number (business-scoped id) has no recipient_id, which we hardly need."""
    provider_id, state = id_at(status, "id"), _STATES.get(text_at(status, "status").lower())
    tag = id_at(status, "biz_opaque_callback_data")
    if state is None or not (provider_id or tag):  # our tag is enough, however odd the provider's own id
        return None
    action, code, detail = Action.NONE, "", ""
    if state is ReceiptState.FAILED:
        action, code, detail = _failure(status, ours)
    return Receipt(
        tag=tag or None,
        provider_id=provider_id,
        state=state,
        at=as_instant(status.get("timestamp")),
        action=action,
        code=code,
        detail=detail,
        billable=flag(member(status, "pricing", "billable")),  # in the first status that carries pricing
    )


def _failure(status: dict[str, Any], ours: str) -> tuple[Action, str, str]:
    codes = [one.get("code") for one in each(status.get("errors")) if isinstance(one, dict)]
    number = next((found for code in codes if (found := integer(code, 0, LARGEST_CODE)) is not None), None)
    meaning = meaning_of_failure(number)
    code = text(codes[0], LONGEST_NAME) if number is None and codes else "" if number is None else str(number)
    theirs = digits(text_at(status, "recipient_id"))
    action = action_for(code, meaning.action, ours, theirs)
    return action, code, meaning.words
