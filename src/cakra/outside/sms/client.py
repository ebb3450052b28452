"""Sending SMS through an SMS centre (SMPP 3.4)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

from cakra.core.delivery.refusals import CLOSED, refused, unknown
from cakra.core.delivery.short_text import gsm_octets, wording_faults
from cakra.core.ports import Action, Message, Sender, SendResult, SendState
from cakra.kit.clock import now
from cakra.kit.closable import Closable
from cakra.kit.logs import get_logger
from cakra.outside.sms.receipts import CentreWord, is_receipt, pack, provider_id, read_report
from cakra.outside.sms.smpp.account import Alphabet, SmppAccount, is_phone, kind_of
from cakra.outside.sms.smpp.codes import code_of, meaning_of
from cakra.outside.sms.smpp.link import Lost
from cakra.outside.sms.smpp.pdu import DataMessage, MessageId, Pdu, ShortMessage, Tag, Tlv, encode
from cakra.outside.sms.smpp.session import NotSubmittedError, SmppSession
from cakra.outside.sms.smpp.wire import ProtocolError

_DEFAULT_ALPHABET, _LATIN1 = 0, 3
_FINAL_RECEIPT = 1
_IDS_KEPT, _EARLY_KEPT, _LONGEST_EARLY, _REFERENCES = 100_000, 1_000, 4096, 0xFFFF
_KEPT_TOGETHER = 500
_OWN_DIGITS = 8  # of a number, however a centre writes what stands before them
_log = get_logger(__name__)

Keep = Callable[[bytes], Awaitable[None]]


def refused_before_sending(message: Message, brand: str) -> SendResult | None:
    """Why a message may not leave as an SMS at all; None when it may."""
    if message.wording is None:
        return refused(Action.FIX_US, "no_wording", "this message has no text of its own, so it cannot be an SMS")
    faults = wording_faults(message.wording.text, brand)
    if faults:
        return refused(Action.FIX_US, "wording", " ".join(faults))
    if not is_phone(message.recipient):
        return refused(Action.NEXT_CHANNEL, "recipient", "the number is not in international form (+62…)")
    return None


class _Keeper:
    """Gathers what the SMS centre says while earlier words are being kept: one durable write for many."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._gathered: list[tuple[CentreWord, asyncio.Future[bool]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, entry: CentreWord) -> bool:
        """Return once it is durable; False when the store could not keep it."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._gathered.append((entry, kept))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        while self._gathered:
            batch = self._gathered[:_KEPT_TOGETHER]
            del self._gathered[:_KEPT_TOGETHER]
            try:
                await self._keep(pack([entry for entry, _ in batch]))
                durable = True
            except Exception as problem:  # noqa: BLE001 - whatever the store says, the centre is to bring it again
                _log.error("sms_receipts_not_kept", count=len(batch), reason=type(problem).__name__)
                durable = False
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(durable)


class _Book:
    """Which of our messages a word of the SMS centre is about, as far as this process knows."""

    def __init__(self) -> None:
        self._tags: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._early: OrderedDict[str, bytes] = OrderedDict()
        self._references: dict[int, tuple[str, str]] = {}
        self._last = 0

    def tag_of(self, known: str, phone: str) -> str | None:
        """Our tag of the message with this id, if it went to this phone: centres use their ids again."""
        tag, sent_to = self._tags.get(known, (None, ""))
        return tag if sent_to[-_OWN_DIGITS:] == phone[-_OWN_DIGITS:] else None

    def accepted(self, known: str, tag: str, phone: str) -> bytes | None:
        """Note a message's id; a receipt that was faster than the answer comes back."""
        self._tags[known] = (tag, phone)
        self._tags.move_to_end(known)
        if len(self._tags) > _IDS_KEPT:
            self._tags.popitem(last=False)
        return self._early.pop(known, None)

    def came_early(self, known: str, receipt: bytes) -> None:
        """A receipt of a message whose answer may still be on its way."""
        self._early[known] = receipt
        if len(self._early) > _EARLY_KEPT:
            self._early.popitem(last=False)

    def open_reference(self, tag: str, phone: str) -> int | None:
        """A number for a message until its outcome is known; None when all are taken."""
        for _ in range(_REFERENCES):
            self._last = self._last % _REFERENCES + 1
            if self._last not in self._references:
                self._references[self._last] = (tag, phone)
                return self._last
        return None

    def close_reference(self, reference: int | None) -> None:
        """The outcome is known: from here on the id tells."""
        if reference is not None:
            self._references.pop(reference, None)

    def tag_of_reference(self, raw: bytes | None, phone: str) -> str | None:
        """The message of unknown outcome with this number, if it went to this phone (numbers come round)."""
        tag, sent_to = self._references.get(int.from_bytes(raw or b""), (None, ""))
        return tag if sent_to == phone else None


class SmppSender(Closable, Sender):
    """One account at one SMS centre as a sender.

    `keep` makes a body of receipts durable (it is read by `SmppCallbacks`); the centre gets its answer
    after that. Call `start` to receive without sending, `close` at the end.
    """

    def __init__(self, account: SmppAccount, keep: Keep) -> None:
        super().__init__()
        self._account = account
        self._session = SmppSession(account, self._take)
        self._keeper = _Keeper(keep)
        self._book = _Book()
        self._aside: set[asyncio.Task[Any]] = set()

    @property
    def name(self) -> str:
        """The sender as people see it and as the registry of official senders lists it."""
        return self._account.source

    @property
    def rate(self) -> float:
        """Submits a second at the moment; below the agreed rate while we are throttled."""
        return self._session.rate

    @property
    def is_bound(self) -> bool:
        """Whether the connection stands."""
        return self._session.is_bound

    def start(self) -> None:
        """Connect now: receipts of earlier messages come in even if nothing is sent."""
        self._session.start()

    async def send(self, message: Message) -> SendResult:
        """Hand one message over. Never raises for others' faults.

        ACCEPTED with the centre's id; REFUSED when surely not taken, with what to do; UNKNOWN when bytes
        went out and no readable answer came. An answer that comes late is kept like a receipt.
        """
        if self.closing:
            return CLOSED
        refusal = refused_before_sending(message, self._account.brand)
        if refusal is not None:
            return refusal
        with self.under_way():
            return await self._hand_over(message)

    async def release(self) -> None:
        """Let outstanding answers come, unbind."""
        await self._session.close()
        await asyncio.gather(*self._aside)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def _hand_over(self, message: Message) -> SendResult:
        phone = message.recipient.removeprefix("+")
        reference = self._book.open_reference(message.tag, phone) if self._account.echoes_reference else None
        extra = () if reference is None else (Tlv(Tag.USER_MESSAGE_REFERENCE, reference.to_bytes(2)),)
        try:
            body = self._submit(message)
            answer = await self._session.submit(
                body, extra, lambda late: self._came_late(message.tag, phone, late), message.may_leave
            )
        except NotSubmittedError as kept_back:
            meaning = kept_back.meaning
            result = refused(meaning.action, kept_back.code, meaning.words, retry_after_s=meaning.retry_after_s)
        except (ProtocolError, ValueError) as problem:
            result = refused(Action.FIX_US, "not_built", str(problem))
        except TimeoutError:
            return unknown("timeout", "no answer in time")
        except Lost:
            return unknown("connection_lost", "the connection ended before the answer")
        else:
            result = self._read(message.tag, phone, answer)
        self._book.close_reference(reference)
        return result

    def _submit(self, message: Message) -> ShortMessage:
        assert message.wording is not None
        text, latin = message.wording.text, self._account.alphabet is Alphabet.LATIN1
        source_ton, source_npi = self._account.source_kind
        to_ton, to_npi = kind_of(message.recipient)
        return ShortMessage(
            source_ton=source_ton,
            source_npi=source_npi,
            source=self._account.source.removeprefix("+"),
            destination_ton=to_ton,
            destination_npi=to_npi,
            destination=message.recipient.removeprefix("+"),
            validity=f"0000{self._account.validity_h // 24:02}{self._account.validity_h % 24:02}0000000R",
            registered_delivery=_FINAL_RECEIPT,
            data_coding=_LATIN1 if latin else _DEFAULT_ALPHABET,
            short_message=text.encode("latin-1") if latin else gsm_octets(text),
        )

    def _read(self, tag: str, phone: str, answer: Pdu) -> SendResult:
        raw = encode(answer)
        if answer.status:
            meaning = meaning_of(answer.status)
            return refused(meaning.action, code_of(answer.status), meaning.words, raw, meaning.retry_after_s)
        written = answer.body.message_id if isinstance(answer.body, MessageId) else ""
        if not written:
            return SendResult(SendState.ACCEPTED, Action.NONE, code="no_id", detail="taken without an id", raw=raw)
        known = provider_id(self._account, written, in_receipt=False)
        early = self._book.accepted(known, tag, phone)
        if early is not None:
            self._do_aside(self._keeper.put(CentreWord(early, tag, now())))
        return SendResult(SendState.ACCEPTED, Action.NONE, known, raw=raw)

    def _came_late(self, tag: str, phone: str, answer: Pdu) -> None:
        if answer.status == 0:
            self._read(tag, phone, answer)
        self._do_aside(self._keeper.put(CentreWord(encode(answer), tag, now())))

    async def _take(self, pdu: Pdu) -> bool:
        """Keep one deliver_sm or data_sm. What a phone writes is counted and left: the service has no way back."""
        if not is_receipt(pdu) or not isinstance(pdu.body, (ShortMessage, DataMessage)):
            _log.info("sms_inbound_left")
            return True
        raw, tag = encode(pdu), None
        report = read_report(pdu)
        if report is not None:
            known = provider_id(self._account, report.message_id, in_receipt=True)
            phone = pdu.body.source.removeprefix("+")
            tag = self._book.tag_of(known, phone)
            tag = tag or self._book.tag_of_reference(pdu.tlv(Tag.USER_MESSAGE_REFERENCE), phone)
            if tag is None and self.in_flight and len(raw) <= _LONGEST_EARLY:
                self._book.came_early(known, raw)
        return await self._keeper.put(CentreWord(raw, tag, now()))

    def _do_aside(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
