"""Sending through the mail server beside us."""

import asyncio
from collections import deque

from cakra.core.delivery.refusals import CLOSED, refused
from cakra.core.ports import RECALLED, Action, Message, Sender, SendResult, SendState
from cakra.kit.clock import now
from cakra.kit.closable import Closable
from cakra.outside.email.account import EmailAccount, check_account, tls_context
from cakra.outside.email.addresses import BounceTokens, TagTooLong, wire_address
from cakra.outside.email.answers import LOST_EARLY
from cakra.outside.email.connection import Deadline, Envelope, MailLine, open_line
from cakra.outside.email.message import MailHeading, compose

# Shorter than any server's patience (Postfix: 300 s, 10 s under stress), so that a connection seldom ends as
# we begin to speak; if it does, nothing was sent and a fresh one is taken.
_IDLE_LIMIT_S = 8.0


class EmailSender(Closable, Sender):
    """One official address as a sender; `async with` or `close()` at the end."""

    def __init__(self, account: EmailAccount) -> None:
        """SetupError names what is wrong with the account."""
        super().__init__()
        check_account(account)
        self._account = account
        self._tls = tls_context(account)
        self._tokens = BounceTokens(account.token_key, account.envelope_domain)
        self._free = asyncio.Semaphore(account.connections)
        self._aside: deque[MailLine] = deque()

    @property
    def name(self) -> str:
        """The address as people see it and as the registry of official senders lists it."""
        return self._account.from_address

    async def send(self, message: Message) -> SendResult:
        """Hand one message over. Never raises for others' faults.

        ACCEPTED with the queue's id once the server has taken responsibility; REFUSED when surely not taken,
        with what to do; UNKNOWN when the message went out and no readable answer came.
        """
        if self.closing:
            return CLOSED
        with self.under_way():
            return await self._hand_over(message)

    async def release(self) -> None:
        """End the connections that wait."""
        while self._aside:
            await self._aside.pop().close()

    async def _hand_over(self, message: Message) -> SendResult:
        prepared = self._prepare(message)
        if isinstance(prepared, SendResult):
            return prepared
        try:
            async with asyncio.timeout(self._account.timeout_s):
                await self._free.acquire()
        except TimeoutError:
            return refused(Action.RETRY, "busy", "no connection became free in time")
        try:
            return await self._deliver(*prepared) if await message.may_leave() else RECALLED
        finally:
            self._free.release()

    def _prepare(self, message: Message) -> tuple[Envelope, bytes] | SendResult:
        """The envelope and the signed message, or why there can be none."""
        if message.wording is None or not message.wording.text:
            return refused(Action.FIX_US, "no_wording", "the message has no text for e-mail")
        recipient = wire_address(message.recipient)
        if recipient is None:
            return refused(Action.NEXT_CHANNEL, "address_form", "the recipient's address is not a mailbox")
        head = MailHeading(
            from_address=self._account.from_address,
            from_name=self._account.from_name,
            to_address=recipient,
            message_id=f"{self._tokens.message_name(message.tag)}@{self._account.from_domain}",
            language=message.language,
            at=now(),
        )
        try:
            raw = compose(head, message.wording, message.picture)
            envelope = Envelope(self._tokens.address(message.tag), recipient, self._tokens.token(message.tag))
        except TagTooLong:
            return refused(Action.FIX_US, "tag_too_long", "the tag does not fit a return address")
        except ValueError:
            return refused(
                Action.FIX_US, "not_built", "a header of the message cannot be written, such as a subject of two lines"
            )
        return envelope, self._account.dkim.sign(raw) if self._account.dkim else raw

    async def _deliver(self, envelope: Envelope, raw: bytes) -> SendResult:
        deadline = Deadline(self._account.timeout_s)
        line = self._known_line()
        if line is not None:
            result = await self._through(line, envelope, raw, deadline)
            if not (result.state is SendState.REFUSED and result.code == LOST_EARLY):
                return result
            # The server had closed it meanwhile; nothing was sent, so a fresh one may try.
        fresh = await open_line(self._account, self._tls, deadline)
        return fresh if isinstance(fresh, SendResult) else await self._through(fresh, envelope, raw, deadline)

    async def _through(self, line: MailLine, envelope: Envelope, raw: bytes, deadline: Deadline) -> SendResult:
        result = await line.deliver(envelope, raw, deadline)
        if line.is_open:
            line.put_aside()
            self._aside.append(line)
        return result

    def _known_line(self) -> MailLine | None:
        """The connection used last, if it is still good; those unused too long are dropped."""
        while self._aside:
            line = self._aside.pop()
            if line.is_open and line.idle_s() < _IDLE_LIMIT_S:
                return line
            line.drop()
        return None
