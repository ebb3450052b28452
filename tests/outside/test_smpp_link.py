"""Our SMS sender when the centre breaks the protocol, byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from cakra.core.ports import Action, SendState
from cakra.outside.sms.smpp.pdu import (
    HEADER,
    BindResponse,
    Command,
    DataMessage,
    Empty,
    MessageId,
    Pdu,
    PduStream,
    ShortMessage,
    Tag,
    Tlv,
    decode,
    encode,
)
from cakra.outside.sms.smpp.wire import Status
from sms_peer import message, sending, until

Reply = Callable[[Pdu], bytes]


@dataclass
class Wire:
    """One end of a wire: answers each submit with the bytes it is told to, and notes what comes."""

    answer: Reply
    bound: Reply = lambda pdu: encode(Pdu(Command.BIND_TRANSCEIVER_RESP, pdu.sequence, BindResponse("kawat")))
    alive: Reply = lambda _: b""
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[Pdu] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        stream = PduStream()
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                await self.reads.wait()
                for frame in stream.feed(chunk):
                    pdu = decode(frame)
                    self.seen.append(pdu)
                    writer.write(self._reply(pdu))
        writer.close()

    def _reply(self, pdu: Pdu) -> bytes:
        match pdu.command:
            case Command.BIND_TRANSCEIVER:
                return self.bound(pdu)
            case Command.ENQUIRE_LINK:
                return self.alive(pdu)
            case Command.SUBMIT_SM:
                return self.answer(pdu)
            case Command.UNBIND:
                return encode(Pdu(Command.UNBIND_RESP, pdu.sequence))
            case _:
                return b""

    def commands(self, command: Command) -> list[Pdu]:
        return [pdu for pdu in self.seen if pdu.command is command]


@contextlib.asynccontextmanager
async def wire(answer: Reply, *how: Reply, **more: Reply) -> AsyncIterator[Wire]:
    end = Wire(answer, *how, **more)
    end.reads.set()
    server = await asyncio.start_server(end.serve, "127.0.0.1", 0)
    end.port = server.sockets[0].getsockname()[1]
    try:
        yield end
    finally:
        server.close()
        await server.wait_closed()


def accept(pdu: Pdu) -> bytes:
    return encode(Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, MessageId("1")))


async def result_of(answer: Reply) -> tuple[SendState, Action, str]:
    async with wire(answer) as end, sending(end.port, response_timeout_s=5.0) as (sender, _):
        result = await sender.send(message())
    return result.state, result.action, result.code


async def test_a_generic_nack_is_a_refusal():
    def nack(pdu: Pdu) -> bytes:
        return encode(Pdu(Command.GENERIC_NACK, pdu.sequence, Empty(), Status.INVALID_COMMAND))

    assert await result_of(nack) == (SendState.REFUSED, Action.FIX_US, "0x00000003")


async def test_an_answer_without_its_last_byte_is_an_acceptance():
    def torn(pdu: Pdu) -> bytes:
        return HEADER.pack(HEADER.size + 3, Command.SUBMIT_SM_RESP, 0, pdu.sequence) + b"abc"

    async with wire(torn) as end, sending(end.port) as (sender, _):
        result = await sender.send(message())
    assert (result.state, result.provider_id) == (SendState.ACCEPTED, "cakra:abc")


@pytest.mark.parametrize("body", [b"", b"pusat", b"pusat-pesan-singkat-jawa-barat\0", b"x\0\x02"])
async def test_a_bind_that_is_granted_is_one_whatever_stands_behind_it(body):
    def bound(pdu: Pdu) -> bytes:
        return HEADER.pack(HEADER.size + len(body), Command.BIND_TRANSCEIVER_RESP, 0, pdu.sequence) + body

    async with wire(accept, bound) as end, sending(end.port) as (sender, _):
        assert (await sender.send(message())).state is SendState.ACCEPTED
    assert len(end.commands(Command.BIND_TRANSCEIVER)) == 1


async def test_a_sign_of_life_with_a_stray_byte_is_one():
    def alive(pdu: Pdu) -> bytes:
        return HEADER.pack(HEADER.size + 1, Command.ENQUIRE_LINK_RESP, 0, pdu.sequence) + b"\0"

    async with wire(accept, alive=alive) as end, sending(end.port, enquire_s=0.05) as (sender, _):
        await until(lambda: len(end.commands(Command.ENQUIRE_LINK)) > 2)
        end.writers[0].write(HEADER.pack(HEADER.size + 1, Command.ENQUIRE_LINK, 0, 9) + b"\0")
        (answer,) = await until(lambda: end.commands(Command.ENQUIRE_LINK_RESP))
        assert (await sender.send(message())).state is SendState.ACCEPTED
    assert (answer.sequence, answer.status) == (9, Status.OK)
    assert len(end.commands(Command.BIND_TRANSCEIVER)) == 1


async def test_a_receipt_in_data_sm_is_kept_and_acknowledged():
    text = b"id:1 stat:DELIVRD"
    async with wire(accept) as end, sending(end.port) as (sender, kept):
        await until(lambda: sender.is_bound)
        body = DataMessage(source="6281", esm_class=4)
        end.writers[0].write(encode(Pdu(Command.DATA_SM, 5, body, tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, text),))))
        (answer,) = await until(lambda: end.commands(Command.DATA_SM_RESP))
    assert (answer.sequence, answer.status, len(kept.bodies)) == (5, Status.OK, 1)


async def test_a_centre_that_asks_and_never_reads_is_left():
    async with wire(accept) as end, sending(end.port) as (sender, _):
        await until(lambda: sender.is_bound)
        end.reads.clear()
        flood = b"".join(encode(Pdu(Command.ENQUIRE_LINK, number)) for number in range(4096))
        with contextlib.suppress(OSError):
            for _ in range(2000):
                end.writers[0].write(flood)
                await end.writers[0].drain()
                if len(end.writers) > 1:
                    break
        assert await until(lambda: len(end.writers) > 1)
        end.writers[0].transport.abort()
        end.reads.set()


async def test_noise_ends_the_connection_and_leaves_the_outcome_unknown():
    assert await result_of(lambda _: b"\xff" * 64) == (SendState.UNKNOWN, Action.WAIT, "connection_lost")


async def test_an_answer_without_an_id_is_an_acceptance_that_no_receipt_can_find():
    def nameless(pdu: Pdu) -> bytes:
        return encode(Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, MessageId("")))

    assert await result_of(nameless) == (SendState.ACCEPTED, Action.NONE, "no_id")


async def test_a_status_that_nobody_knows_is_ours_to_look_at():
    def odd(pdu: Pdu) -> bytes:
        return encode(Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, MessageId(), 0x4FF))

    assert await result_of(odd) == (SendState.REFUSED, Action.FIX_US, "0x000004ff")


async def test_a_centre_that_forgot_our_bind_is_bound_again():
    def forgetful(pdu: Pdu) -> bytes:
        if len(end.commands(Command.SUBMIT_SM)) > 1:
            return accept(pdu)
        return encode(Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, MessageId(), Status.WRONG_BIND_STATE))

    async with wire(forgetful) as end, sending(end.port) as (sender, _):
        first = await sender.send(message())
        second = await sender.send(message())
    assert (first.state, first.action) == (SendState.REFUSED, Action.RETRY)
    assert second.state is SendState.ACCEPTED
    assert len(end.commands(Command.BIND_TRANSCEIVER)) == 2


async def test_requests_that_are_not_ours_to_answer_are_refused_and_the_link_stands():
    async with wire(accept) as end, sending(end.port) as (sender, kept):
        await until(lambda: sender.is_bound)
        unknown = HEADER.pack(16, 0x0B, 0, 71)
        submit = encode(Pdu(Command.SUBMIT_SM, 72, ShortMessage()))
        torn = HEADER.pack(20, Command.DELIVER_SM, 0, 73) + b"abcd"
        stray = accept(Pdu(Command.SUBMIT_SM, 999))
        end.writers[0].write(unknown + submit + torn + stray)
        await until(lambda: len(end.commands(Command.GENERIC_NACK)) == 3)
        assert (await sender.send(message())).state is SendState.ACCEPTED
    told = [(pdu.sequence, pdu.status) for pdu in end.commands(Command.GENERIC_NACK)]
    assert told == [(71, Status.INVALID_COMMAND), (72, Status.INVALID_COMMAND), (73, Status.INVALID_LENGTH)]
    assert kept.bodies == []
    assert len(end.commands(Command.BIND_TRANSCEIVER)) == 1


async def test_what_a_phone_writes_is_acknowledged_and_left():
    async with wire(accept) as end, sending(end.port) as (sender, kept):
        await until(lambda: sender.is_bound)
        end.writers[0].write(encode(Pdu(Command.DELIVER_SM, 5, ShortMessage(short_message=b"halo"))))
        (answer,) = await until(lambda: end.commands(Command.DELIVER_SM_RESP))
    assert (answer.sequence, answer.status, kept.bodies) == (5, Status.OK, [])


async def test_more_than_the_agreed_rate_carries_is_sent_back_with_a_time():
    async with wire(accept) as end, sending(end.port, submits_per_s=1.0, response_timeout_s=0.5) as (sender, _):
        first = await sender.send(message())
        second = await sender.send(message())
        assert first.state is SendState.ACCEPTED
    assert (second.state, second.action, second.code) == (SendState.REFUSED, Action.RETRY, "queue_full")
    assert second.retry_after_s is not None
    assert 0.5 < second.retry_after_s <= 1.0
    assert len(end.commands(Command.SUBMIT_SM)) == 1


async def test_closing_while_the_connection_is_being_made_ends_it():
    async with wire(accept) as end:
        async with sending(end.port) as (sender, _):
            await sender.close()
        assert not sender.is_bound
    assert len(end.commands(Command.UNBIND)) == len(end.commands(Command.BIND_TRANSCEIVER))
