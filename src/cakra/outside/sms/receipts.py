"""What an SMS centre says later about a message: read from its receipts, kept durable first, applied afterwards.

An SMS centre speaks over our own connection, not by webhook. So each of its words becomes an entry of a
small JSON body that is kept like any provider's callback before the centre gets its answer;
`SmppCallbacks` reads such a body. A receipt of an SMS is a hint, never proof in law: networks lose and
invent them (channels fact: 'extremely unreliable').
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from cakra.core.foreign import document, each, identifier, iso_instant, record, written_instant
from cakra.core.ports import Action, Callbacks, Receipt, ReceiptState
from cakra.kit.logs import get_logger
from cakra.kit.settings import Sms
from cakra.outside.sms.smpp.account import IdForm, SmppAccount, as_account
from cakra.outside.sms.smpp.codes import code_of, meaning_of
from cakra.outside.sms.smpp.pdu import Command, DataMessage, MessageId, Pdu, ShortMessage, Tag, decode
from cakra.outside.sms.smpp.wire import ProtocolError

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
    9: "REJECTD",  # SMPP 5: skipped
}
# How centres write them, each in a word of its own, in the text of a receipt.
_WRITTEN = {
    **dict.fromkeys(
        ("DELIVRD", "DELIVERD", "DELIVERED", "DELIV", "DLVRD", "DELVRD", "SUCCESS", "DELIVERYSUCCESS"), "DELIVRD"
    ),
    **dict.fromkeys(("TERKIRIM", "BERHASIL", "SUKSES"), "DELIVRD"),
    **dict.fromkeys(("EXPIRED", "EXPIRD", "EXPIRE", "TIMEOUT", "KADALUARSA", "KEDALUWARSA"), "EXPIRED"),
    **dict.fromkeys(("DELETED", "DELETD", "CANCELED", "CANCELLED"), "DELETED"),
    **dict.fromkeys(("UNDELIV", "UNDELIVRD", "UNDELIVERD", "UNDELIVERED", "UNDELIVERABLE", "UNDLVRD"), "UNDELIV"),
    **dict.fromkeys(("UNDELIVER", "UNDELV", "NODELIV", "DELIVERYFAILED", "GAGAL", "TIDAKTERKIRIM"), "UNDELIV"),
    **dict.fromkeys(("FAILED", "FAIL", "FAILURE", "NOTDELIVERED", "NOTDELIVRD", "UNREACHABLE", "ABSENT"), "UNDELIV"),
    **dict.fromkeys(
        ("REJECTD", "REJECTED", "REJECT", "REJCTD", "BLOCKED", "BLACKLISTED", "SKIPPED", "DITOLAK"), "REJECTD"
    ),
    **dict.fromkeys(("ACCEPTD", "ACCEPTED", "ACKED", "SENT", "SUBMITD", "SUBMITTED"), "ACCEPTD"),
    **dict.fromkeys(("ENROUTE", "BUFFERED", "BUFFRED", "PENDING", "SCHEDULED", "QUEUED"), "ENROUTE"),
    **dict.fromkeys(("UNKNOWN", "UNKNOWM", "UNKN", "UNKNOWNSTATE"), "UNKNOWN"),
}
_PROGRESS = {"DELIVRD": ReceiptState.DELIVERED, "ENROUTE": ReceiptState.SENT, "ACCEPTD": ReceiptState.SENT}
_FAILED = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
_ID = re.compile(r"""\bid\s*[:=]\s*["']?([^\s,;"']{1,64})""", re.IGNORECASE)
_STAT = re.compile(r"""\bstat(?:us|e)?\s*[:=]\s*["']?([A-Z](?:[A-Z_-]|(?<=NOT) ){2,19})""", re.IGNORECASE)
_ERROR = re.compile(r"""\berr\s*[:=]\s*["']?(\w{1,8})""", re.IGNORECASE)
_DONE = re.compile(r"\bdone date:\s*(\d{10}(?:\d\d)?)\b", re.IGNORECASE)
_TO_MINUTES = 10
_ALPHABET_BITS, _UCS2 = 0x0C, 0x08
_LONGEST_TEXT, _LONGEST_ID = 4096, 64


@dataclass(frozen=True, slots=True)
class CentreWord:
    """One word of an SMS centre: a deliver_sm, or an answer that came after we had stopped waiting.

    `tag` is our own id of the message, where this process still knows it.
    """

    pdu: bytes
    tag: str | None
    arrived: datetime


@dataclass(frozen=True, slots=True)
class CentreReport:
    """A delivery receipt as the centre wrote it: its id, the state's short word, error and time, if any."""

    message_id: str
    state: str
    error: str
    done: str


def is_receipt(pdu: Pdu) -> bool:
    """Whether a deliver_sm or data_sm is a receipt; anything else is a message from a phone."""
    if not isinstance(pdu.body, (ShortMessage, DataMessage)):
        return False
    kind = pdu.body.esm_class & _RECEIPT_BITS
    return kind in {_RECEIPT, _INTERMEDIATE} or pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) is not None


def read_report(pdu: Pdu) -> CentreReport | None:
    """The receipt in a deliver_sm: optional parameters first, then the text; None when it names no message."""
    if not is_receipt(pdu) or not isinstance(pdu.body, (ShortMessage, DataMessage)):
        return None
    short = pdu.body.short_message if isinstance(pdu.body, ShortMessage) else b""
    text = _text((short or pdu.tlv(Tag.MESSAGE_PAYLOAD) or b"")[:_LONGEST_TEXT], pdu.body.data_coding)
    named = (pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) or b"").partition(b"\0")[0][:_LONGEST_ID]
    message_id = named.decode("latin-1") if named else _first(_ID, text)
    state = _state((pdu.tlv(Tag.MESSAGE_STATE) or b"")[:1], _first(_STAT, text))
    network = pdu.tlv(Tag.NETWORK_ERROR_CODE)
    error = _first(_ERROR, text) or (str(int.from_bytes(network[1:3])) if network else "")
    return CentreReport(message_id, state, error, _first(_DONE, text)) if message_id and state else None


def _text(raw: bytes, coding: int) -> str:
    """The text of a receipt; some centres write it in UCS-2, with or without saying so."""
    if (coding & _ALPHABET_BITS == _UCS2 and len(raw) > 1) or raw.startswith(b"\0"):
        return raw.decode("utf-16-be", "replace")
    return raw.decode("latin-1")


def _state(parameter: bytes, written: str) -> str:
    """The state that says most: a final one comes before one on the way, and any before «unknown»."""
    told = [_STATES.get(parameter[0], "")] if parameter else []
    told.append(_WRITTEN.get(re.sub("[-_ ]", "", written.upper()), ""))
    known = [one for one in told if one]
    final = [one for one in known if one in _FAILED or _PROGRESS.get(one) is ReceiptState.DELIVERED]
    return next(iter([*final, *(one for one in known if one in _PROGRESS), *known]), "")


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


def pack(entries: Sequence[CentreWord]) -> bytes:
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
        return [receipt for receipt in self._read(raw) if isinstance(receipt, Receipt)]

    def unread(self, raw: bytes) -> Mapping[str, int]:
        """How many entries of one kept body say nothing that we understand."""
        count = sum(one is None for one in self._read(raw))
        return {"receipt": count} if count else {}

    def _read(self, raw: bytes) -> Iterator[Receipt | Literal["no news"] | None]:
        """Each entry read for itself; None for one that cannot be."""
        for entry in each(document(raw).get("entries")):
            try:
                yield self._receipt(record(entry))
            except (ProtocolError, ValueError):
                yield None

    def _receipt(self, entry: dict[str, Any]) -> Receipt | Literal["no news"] | None:
        pdu = decode(bytes.fromhex(written if isinstance(written := entry.get("pdu"), str) else ""))
        tag, arrived = identifier(entry.get("tag")) or None, iso_instant(entry.get("arrived"))
        if arrived is None:
            return None
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
            return "no news"  # the network does not know either
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
        form = "%y%m%d%H%M" if len(written) == _TO_MINUTES else "%y%m%d%H%M%S"
        return min(written_instant(written, form, self._zone) or arrived, arrived)


def smpp_callbacks(sms: Sms) -> SmppCallbacks:
    """Reads what was kept, also when SMS has been switched off since."""
    return SmppCallbacks(as_account(sms))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
