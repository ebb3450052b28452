"""One message becomes one letter in the spool; the print house gets it with the day's batch."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Self

from cakra.core.delivery.refusals import CLOSED, refused, unknown
from cakra.core.errors import StoreError
from cakra.core.ports import RECALLED, Action, Message, Sender, SendResult, SendState
from cakra.kit.clock import now
from cakra.outside.letter.page import LetterPress
from cakra.outside.letter.paper.addressing import Unprintable
from cakra.outside.letter.signer import PdfSigner, SigningFailed
from cakra.outside.letter.spool import KeptLetter, LetterSpool, SpoolUnsure, file_hash


class LetterSender(Sender):
    """Letters of one office; `async with` or `close()` at the end.

    HELD with WAIT is the good answer: the letter is kept durably, but only the day's batch hands it over. The same
    tag twice is one letter.
    """

    def __init__(self, name: str, press: LetterPress, spool: LetterSpool, signer: PdfSigner | None = None) -> None:
        self._name = name
        self._press = press
        self._spool = spool
        self._signer = signer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="letter")  # the press sets one at a time
        self._closing = False

    @property
    def name(self) -> str:
        """The office as the registry of official senders lists it."""
        return self._name

    async def send(self, message: Message) -> SendResult:
        """Set, sign and keep one letter. Never raises for a wrong message, a signer's or the disk's fault."""
        if self._closing:
            return CLOSED
        try:
            return await self._keep(message, now())
        except Unprintable as problem:
            action = Action.NEXT_CHANNEL if problem.code == "address" else Action.FIX_US
            return refused(action, problem.code, problem.sentence)
        except SpoolUnsure as problem:
            return unknown(problem.code, problem.sentence)
        except (SigningFailed, StoreError) as problem:
            return refused(Action.RETRY, problem.code, problem.sentence)

    async def close(self) -> None:
        """Take no more; letters being set are finished and kept."""
        self._closing = True
        await asyncio.to_thread(self._thread.shutdown)
        self._press.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_reason: object) -> None:
        await self.close()

    async def _keep(self, message: Message, at: datetime) -> SendResult:
        known, detail = await asyncio.to_thread(self._spool.find, message.tag), ""
        if known is None:
            loop = asyncio.get_running_loop()
            letter = await loop.run_in_executor(self._thread, self._press.set_letter, message, at)
            detail = "signs of the address that our fonts do not have were replaced" if letter.replaced else ""
            pdf = letter.pdf if self._signer is None else await self._signer.sign(letter.pdf)
            if not await message.may_leave():
                return RECALLED
            assert message.postal is not None
            kept = KeptLetter(message.tag, letter.reference, letter.pages, file_hash(pdf), message.postal)
            known = await asyncio.to_thread(self._spool.keep, kept, pdf, at)
        if known.withdrawn:
            return refused(Action.RETRY, "withdrawn", "taken back before it was kept")
        return SendResult(
            SendState.HELD, Action.WAIT, f"{known.batch}/{known.reference}", code="in_batch", detail=detail
        )
