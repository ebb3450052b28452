"""What an SMS centre says later about a message: read from its receipts, kept durable first, applied afterwards.

An SMS centre speaks over our own connection, not by webhook. So each of its words becomes an entry of a
small JSON body that is kept like any provider's callback before the centre gets its answer;
`SmppCallbacks` reads such a body. A receipt of an SMS is a hint, never proof in law: networks lose and
invent them (channels fact: 'extremely unreliable').
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState
from cakra.kit.logs import get_logger
from cakra.kit.settings import Sms
from cakra.outside.sms.account import IdForm, SmppAccount, as_account
from cakra.outside.sms.codes import code_of, meaning_of
from cakra.outside.sms.pdu import Command, MessageId, Pdu, ShortMessage, Tag, decode
from cakra.outside.sms.wire import ProtocolError

_log = get_logger(__name__)
_RECEIPT_BITS, _RECEIPT, _INTERMEDIATE = 0x3C, 0x04, 0x20
_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_PROGRESS = {"DELIVRD": ReceiptState.DELIVERED, "ENROUTE": ReceiptState.SENT, "ACCEPTD": ReceiptState.SENT}
_FAILED = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
_ID = re.compile(r"\bid:\s*(\S{1,64})", re.IGNORECASE)
_STAT = re.compile(r"\bstat:\s*([A-Z]{4,7})", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w{1,8})", re.IGNORECASE)
_DONE = re.compile(r"\bdone date:\s*(\d{10}(?:\d\d)?)\b", re.IGNORECASE)
_TO_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of an SMS centre: a deliver_sm, or an answer that came after we had stopped waiting.

    `tag` is our own id of the message, where this process still knows it.
    """

    pdu: bytes
    tag: str | None
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery receipt as the centre wrote it: its id, the state's short word, error and time, if any."""

    message_id: str
    state: str
    error: str
    done: str


def is_receipt(pdu: Pdu) -> bool:
    """Whether a deliver_sm is a receipt; anything else is a message from a phone."""
    if not isinstance(pdu.body, ShortMessage):
        return False
    kind = pdu.body.esm_class & _RECEIPT_BITS
    return kind in {_RECEIPT, _INTERMEDIATE} or pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) is not None


def read_report(pdu: Pdu) -> Report | None:
    """The receipt in a deliver_sm: optional parameters first, then the text; None when it names no message."""
    if not is_receipt(pdu) or not isinstance(pdu.body, ShortMessage):
        return None
    raw = pdu.body.short_message or pdu.tlv(Tag.MESSAGE_PAYLOAD) or b""
    text = raw.decode("latin-1")
    named = pdu.tlv(Tag.RECEIPTED_MESSAGE_ID)
    message_id = named.rstrip(b"\0").decode("latin-1") if named else _first(_ID, text)
    state = _STATES.get(int.from_bytes(pdu.tlv(Tag.MESSAGE_STATE) or b""), "") or _first(_STAT, text).upper()
    network = pdu.tlv(Tag.NETWORK_ERROR_CODE)
    error = _first(_ERROR, text) or (str(int.from_bytes(network[1:])) if network else "")
    return Report(message_id, state, error, _first(_DONE, text)) if message_id and state else None


def provider_id(account: SmppAccount, written: str, *, in_receipt: bool) -> str:
    """The id under which a message is known to us, whichever form it was written in.

    With the system id in front: centres number for themselves. An id that is not written as the account
    says is kept as it is.
    """
    written = written.strip()
    base = {
        IdForm.SAME: 0,
        IdForm.HEX_THEN_DECIMAL: 10 if in_receipt else 16,
        IdForm.DECIMAL_THEN_HEX: 16 if in_receipt else 10,
    }[account.id_form]
    if base:
        try:
            written = str(int(written, base))
        except ValueError:
            _log.warning("sms_id_of_other_form", in_receipt=in_receipt)
    return f"{account.system_id}:{written}"


def pack(entries: Sequence[Entry]) -> bytes:
    """The body that is kept."""
    words = [{"pdu": one.pdu.hex(), "tag": one.tag, "arrived": one.arrived.isoformat()} for one in entries]
    return json.dumps({"smpp": 1, "entries": words}, separators=(",", ":")).encode()


class SmppCallbacks(Callbacks):
    """Reads what one account's connection kept."""

    def __init__(self, account: SmppAccount) -> None:
        self._account = account
        self._zone = ZoneInfo(account.zone)

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Never: these words come over our own bound connection, none is taken from a webhook."""
        del raw, headers
        return False

    def receipts(self, raw: bytes) -> Sequence[Receipt]:
        """The receipts of one kept body, in the order they came; what cannot be read is left out and counted."""
        found, unreadable = [], 0
        for entry in _entries(raw):
            try:
                receipt = self._receipt(entry)
            except (ProtocolError, ValueError, KeyError, TypeError):
                receipt = None
            if receipt is None:
                unreadable += 1
            else:
                found.append(receipt)
        if unreadable:
            _log.warning("sms_receipt_unreadable", count=unreadable)
        return found

    def _receipt(self, entry: dict[str, Any]) -> Receipt | None:
        pdu = decode(bytes.fromhex(entry["pdu"]))
        tag = str(entry["tag"]) if entry.get("tag") else None
        arrived = datetime.fromisoformat(entry["arrived"]).astimezone(UTC)
        if pdu.command is Command.SUBMIT_SM_RESP:
            return self._late_answer(pdu, tag, arrived)
        report = read_report(pdu)
        if report is None:
            return None
        known = provider_id(self._account, report.message_id, in_receipt=True)
        at = self._done(report.done, arrived)
        if report.state in _PROGRESS:
            return Receipt(tag, known, _PROGRESS[report.state], at, code=report.state)
        if report.state not in _FAILED:
            return None  # the network does not know either
        code = f"{report.state}:{report.error}" if report.error else report.state
        return Receipt(tag, known, ReceiptState.FAILED, at, Action.NEXT_CHANNEL, code, "not delivered by the network")

    def _late_answer(self, pdu: Pdu, tag: str | None, arrived: datetime) -> Receipt | None:
        if not isinstance(pdu.body, MessageId) or tag is None:
            return None
        known = provider_id(self._account, pdu.body.message_id, in_receipt=False) if pdu.body.message_id else ""
        if not pdu.status:
            return Receipt(tag, known, ReceiptState.SENT, arrived, code="late_answer")
        meaning = meaning_of(pdu.status)
        return Receipt(tag, known, ReceiptState.FAILED, arrived, meaning.action, code_of(pdu.status), meaning.words)

    def _done(self, written: str, arrived: datetime) -> datetime:
        """When the network says it ended; a time that cannot be is replaced by when we heard of it."""
        try:
            form = "%y%m%d%H%M" if len(written) == _TO_MINUTES else "%y%m%d%H%M%S"
            done = datetime.strptime(written, form).replace(tzinfo=self._zone).astimezone(UTC)
        except ValueError:
            return arrived
        return min(done, arrived)


def smpp_callbacks(sms: Sms) -> SmppCallbacks:
    """Reads what was kept, also when SMS has been switched off since."""
    return SmppCallbacks(as_account(sms))


def _entries(raw: bytes) -> list[dict[str, Any]]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        _log.warning("sms_entries_unreadable", size=len(raw))
        return []
    entries = document.get("entries") if isinstance(document, dict) else None
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
