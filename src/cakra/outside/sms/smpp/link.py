"""One connection to an SMS centre, bound as transceiver: requests, their answers, and its own requests."""

import asyncio
import contextlib
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Self

from cakra.kit.logs import get_logger
from cakra.outside.sms.smpp.account import SmppAccount, bind_body
from cakra.outside.sms.smpp.pdu import Body, Command, Empty, Pdu, PduStream, Tlv, body_of, decode, encode
from cakra.outside.sms.smpp.wire import ProtocolError, Status

_CHUNK = 64 * 1024
_CONNECT_LIMIT_S = 5.0
_GOODBYE_S = 2.0
_MOST_DELIVERIES = 500  # receipts in hand at once; the centre is asked to come back with more
_MOST_UNREAD_BYTES = 256 * 1024  # answers that wait to be read; some 15,000 of them
_LATE_KEPT = 10_000
_LAST_SEQUENCE = 0x7FFFFFFF
_log = get_logger(__name__)

Take = Callable[[Pdu], Awaitable[bool]]  # keeps a deliver_sm or data_sm; False: it must be brought again
Late = Callable[[Pdu], None]


class Lost(Exception):
    """The connection ended while an answer was awaited; whether the request was taken is not known."""


class BindRefused(Exception):
    """The SMS centre did not let us in; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused with {status:#x}")
        self.status = status


class Link:
    """A bound connection. `ended` is set when it is over; it never comes back, `session` makes a new one."""

    def __init__(
        self, account: SmppAccount, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take
    ) -> None:
        self._account, self._reader, self._writer, self._take = account, reader, writer, take
        self._loop = asyncio.get_running_loop()
        self._sequence = 0
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._late: OrderedDict[int, Late] = OrderedDict()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._heard = self._loop.time()
        self._leaving = False
        self.ended = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read())]

    @classmethod
    async def bind(cls, account: SmppAccount, take: Take) -> Self:
        """Connect and bind; OSError or TimeoutError when nobody is there, BindRefused, Lost."""
        limit = min(account.response_timeout_s, _CONNECT_LIMIT_S)
        secure = ssl.create_default_context() if account.tls else None
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(account.host, account.port, ssl=secure)
        link = cls(account, reader, writer, take)
        try:
            answer = await link.request(Command.BIND_TRANSCEIVER, bind_body(account))
        except BaseException:
            await link.drop("not bound")
            raise
        if answer.status:
            await link.drop("bind refused")
            raise BindRefused(answer.status)
        link._tasks.append(asyncio.create_task(link._keep_alive()))
        return link

    @property
    def is_open(self) -> bool:
        """Whether a request may be written."""
        return not (self.ended.is_set() or self._leaving)

    async def request(self, command: Command, body: Body, tlvs: tuple[Tlv, ...] = (), late: Late | None = None) -> Pdu:
        """Write a request and wait for its answer (also a refusal).

        ProtocolError before anything is written when it does not fit; Lost and TimeoutError leave the
        outcome unknown. An answer that comes after the timeout is given to `late`.
        """
        if self.ended.is_set():
            raise Lost("ended before")
        sequence = self._sequence = self._sequence % _LAST_SEQUENCE + 1
        raw = encode(Pdu(command, sequence, body, tlvs=tlvs))
        answer: asyncio.Future[Pdu] = self._loop.create_future()
        self._waiting[sequence] = answer
        self._writer.write(raw)
        try:
            async with asyncio.timeout(self._account.response_timeout_s):
                return await answer
        except BaseException:
            if late is not None and not self.ended.is_set():
                self._late[sequence] = late
                if len(self._late) > _LATE_KEPT:
                    self._late.popitem(last=False)
            raise
        finally:
            self._waiting.pop(sequence, None)

    async def unbind(self) -> None:
        """Let outstanding answers and receipts in hand end, take leave, close."""
        self._leaving = True
        await self._settled()
        with contextlib.suppress(Lost, TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self.request(Command.UNBIND, Empty())
        await self.drop("unbound")

    async def drop(self, reason: str) -> None:
        """Close now; outstanding requests end in Lost."""
        self.expire(reason)
        for task in (*self._tasks, *self._deliveries):
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*self._tasks, *self._deliveries, return_exceptions=True)
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await self._writer.wait_closed()
        except OSError:  # also TimeoutError: over TLS the other side may never say goodbye
            self._writer.transport.abort()

    async def _settled(self) -> None:
        deadline = self._loop.time() + self._account.response_timeout_s
        while (self._waiting or self._deliveries) and self._loop.time() < deadline:
            open_ones: list[asyncio.Future[Any]] = [*self._waiting.values(), *self._deliveries]
            await asyncio.wait(open_ones, timeout=deadline - self._loop.time())
            await asyncio.sleep(0)  # those who waited take their answers

    def expire(self, reason: str) -> None:
        """End the connection at once, outstanding requests in Lost; `drop` also waits for its tasks."""
        if self.ended.is_set():
            return
        self.ended.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Lost(reason))
        if not self._leaving:
            _log.warning("sms_connection_lost", reason=reason, outstanding=len(self._waiting))
        self._writer.close()

    async def _read(self) -> None:
        stream = PduStream()
        reason = "closed by the SMS centre"
        try:
            while chunk := await self._reader.read(_CHUNK):
                self._heard = self._loop.time()
                for frame in stream.feed(chunk):
                    self._handle(frame)
        except (OSError, ProtocolError) as problem:
            reason = f"{type(problem).__name__}: {problem}"
        finally:
            self.expire(reason)

    def _handle(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except ProtocolError as problem:
            self._handle_unreadable(frame, problem)
            return
        if pdu.command.is_response:
            answer = self._waiting.get(pdu.sequence)
            if answer is not None and not answer.done():
                answer.set_result(pdu)
            elif (late := self._late.pop(pdu.sequence, None)) is not None:
                late(pdu)
            return
        match pdu.command:
            case Command.DELIVER_SM | Command.DATA_SM:
                self._deliver(pdu)
            case Command.ENQUIRE_LINK:
                self._answer(pdu)
            case Command.UNBIND:
                self._leaving = True
                self._answer(pdu)
                self._tasks.append(asyncio.create_task(self._leave()))
            case _:  # binds and submits are ours to send
                self._write(Pdu(Command.GENERIC_NACK, pdu.sequence, status=Status.INVALID_COMMAND))

    def _handle_unreadable(self, frame: bytes, problem: ProtocolError) -> None:
        """A request is refused; an answer that cannot be read ends the wait for it without a result."""
        _log.warning("sms_pdu_unreadable", problem=str(problem))
        sequence = problem.sequence or 0
        if not frame[4] & 0x80:
            self._write(Pdu(Command.GENERIC_NACK, sequence, status=problem.status))
        elif (answer := self._waiting.get(sequence)) is not None and not answer.done():
            answer.set_exception(Lost("the answer cannot be read"))

    def _deliver(self, pdu: Pdu) -> None:
        if len(self._deliveries) >= _MOST_DELIVERIES:
            self._answer(pdu, Status.QUEUE_FULL)
            return
        task = asyncio.create_task(self._keep(pdu))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _keep(self, pdu: Pdu) -> None:
        """Answered only when it is kept: what is acknowledged is never lost, what is not comes again."""
        self._answer(pdu, Status.OK if await self._take(pdu) else Status.TEMPORARY)

    async def _leave(self) -> None:
        await self._settled()
        self.expire("unbound by the SMS centre")

    async def _keep_alive(self) -> None:
        while not self.ended.is_set():
            silent = self._loop.time() - self._heard
            if silent < self._account.enquire_s:
                await asyncio.sleep(self._account.enquire_s - silent)
                continue
            try:
                await self.request(Command.ENQUIRE_LINK, Empty())
            except (Lost, TimeoutError):
                self.expire("no answer to enquire_link")

    def _answer(self, request: Pdu, status: int = Status.OK) -> None:
        response = request.command.response
        self._write(Pdu(response, request.sequence, body_of(response)(), status))

    def _write(self, pdu: Pdu) -> None:
        if self._writer.transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self.expire("the SMS centre does not read our answers")
        if not self.ended.is_set():
            self._writer.write(encode(pdu))
