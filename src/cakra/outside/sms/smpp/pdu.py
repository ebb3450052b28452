"""SMPP 3.4 protocol data units: strict writing, and reading that bears what is meant plainly. Pure.

Only what an ESME that sends and takes receipts needs: bind_transceiver, submit_sm, deliver_sm,
data_sm (receipts only), enquire_link, unbind, generic_nack, their responses, and optional parameters (TLVs) on any.
Each body is a dataclass whose fields are in wire order and say their own form. Whatever bytes come in,
reading ends in a PDU or a ProtocolError. What stands behind a body and is no TLV is dropped, and a response is read
as far as it goes: that it came, and its status, are what it says.
Source: SMPP Protocol Specification v3.4, sections 3 to 5.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Final

from cakra.outside.sms.smpp.wire import Byte, Counted, ProtocolError, Status, Text, Wire

HEADER = struct.Struct(">IIII")
LARGEST_PDU = 128 * 1024  # two full 64 kB parameters are more than anybody sends
VERSION_3_4 = 0x34
_TLV = struct.Struct(">HH")
_RESPONSE = 0x80000000
_WORD, _LONG = 0xFFFF, 0xFFFFFFFF


class Command(IntEnum):
    """The commands this client speaks; a response is its request with the highest bit set."""

    BIND_TRANSCEIVER = 0x00000009
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    ENQUIRE_LINK = 0x00000015
    DATA_SM = 0x00000103
    GENERIC_NACK = 0x80000000
    BIND_TRANSCEIVER_RESP = 0x80000009
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM_RESP = 0x80000005
    UNBIND_RESP = 0x80000006
    ENQUIRE_LINK_RESP = 0x80000015
    DATA_SM_RESP = 0x80000103

    @property
    def is_response(self) -> bool:
        """Whether it answers a request of the other side."""
        return bool(self & _RESPONSE)

    @property
    def response(self) -> "Command":
        """The command that answers this request."""
        return Command(self | _RESPONSE)


class Tag(IntEnum):
    """Optional parameters that we read or write."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


@dataclass(frozen=True, slots=True)
class Tlv:
    """One optional parameter, value as on the wire."""

    tag: int
    value: bytes = field(repr=False)


def _text(room: int, *, shown: bool = True) -> Any:
    return field(default="", repr=shown, metadata={"wire": Text(room)})


def _byte(default: int = 0) -> Any:
    return field(default=default, metadata={"wire": Byte()})


@dataclass(frozen=True, slots=True)
class Empty:
    """No mandatory parameters: enquire_link, unbind, their responses, generic_nack."""


@dataclass(frozen=True, slots=True)
class Bind:
    """bind_transceiver."""

    system_id: str = _text(16)
    password: str = _text(9, shown=False)
    system_type: str = _text(13)
    interface_version: int = _byte(VERSION_3_4)
    addr_ton: int = _byte()
    addr_npi: int = _byte()
    address_range: str = _text(41)


@dataclass(frozen=True, slots=True)
class BindResponse:
    """bind_transceiver_resp: how the SMSC names itself."""

    system_id: str = _text(16)


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """submit_sm and deliver_sm; addresses and text are personal."""

    service_type: str = _text(6)
    source_ton: int = _byte()
    source_npi: int = _byte()
    source: str = _text(21, shown=False)
    destination_ton: int = _byte()
    destination_npi: int = _byte()
    destination: str = _text(21, shown=False)
    esm_class: int = _byte()
    protocol_id: int = _byte()
    priority: int = _byte()
    schedule: str = _text(17)
    validity: str = _text(17)
    registered_delivery: int = _byte()
    replace_if_present: int = _byte()
    data_coding: int = _byte()
    default_message_id: int = _byte()
    short_message: bytes = field(default=b"", repr=False, metadata={"wire": Counted()})


@dataclass(frozen=True, slots=True)
class DataMessage:
    """data_sm: some centres bring their receipts so; the text is an optional parameter."""

    service_type: str = _text(6)
    source_ton: int = _byte()
    source_npi: int = _byte()
    source: str = _text(65, shown=False)
    destination_ton: int = _byte()
    destination_npi: int = _byte()
    destination: str = _text(65, shown=False)
    esm_class: int = _byte()
    registered_delivery: int = _byte()
    data_coding: int = _byte()


@dataclass(frozen=True, slots=True)
class MessageId:
    """submit_sm_resp; deliver_sm_resp and data_sm_resp, where it stays empty."""

    message_id: str = _text(65)


Body = Empty | Bind | BindResponse | ShortMessage | DataMessage | MessageId

_BODIES: Final[dict[Command, type[Body]]] = {
    Command.BIND_TRANSCEIVER: Bind,
    Command.BIND_TRANSCEIVER_RESP: BindResponse,
    Command.SUBMIT_SM: ShortMessage,
    Command.SUBMIT_SM_RESP: MessageId,
    Command.DELIVER_SM: ShortMessage,
    Command.DELIVER_SM_RESP: MessageId,
    Command.DATA_SM: DataMessage,
    Command.DATA_SM_RESP: MessageId,
}
_WIRES: Final[dict[type[Body], list[tuple[str, Wire]]]] = {
    body: [(one.name, one.metadata["wire"]) for one in fields(body)] for body in {*_BODIES.values(), Empty}
}


@dataclass(frozen=True, slots=True)
class Pdu:
    """One protocol data unit. `status` is 0 in requests."""

    command: Command
    sequence: int
    body: Body = Empty()
    status: int = Status.OK
    tlvs: tuple[Tlv, ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first optional parameter with this tag."""
        return next((one.value for one in self.tlvs if one.tag == tag), None)


def body_of(command: Command) -> type[Body]:
    """The kind of body a command has."""
    return _BODIES.get(command, Empty)


def encode(pdu: Pdu) -> bytes:
    """The bytes of a PDU; ProtocolError names the field that does not fit.

    A refusal (status not 0) without anything in its body is written without one, as the standard wants.
    """
    kind = body_of(pdu.command)
    if not isinstance(pdu.body, kind):
        raise ProtocolError(f"{pdu.command.name} has a body of {kind.__name__}, not {type(pdu.body).__name__}.")
    bare = pdu.status and not pdu.tlvs and pdu.body == kind()
    parts = [] if bare else [wire.write(name, getattr(pdu.body, name)) for name, wire in _WIRES[kind]]
    for one in pdu.tlvs:
        if not 0 <= one.tag <= _WORD or len(one.value) > _WORD:
            raise ProtocolError(f"Optional parameter {one.tag:#06x} does not fit.")
        parts.append(_TLV.pack(one.tag, len(one.value)) + one.value)
    payload = b"".join(parts)
    length = HEADER.size + len(payload)
    if length > LARGEST_PDU or not 0 <= pdu.sequence <= _LONG or not 0 <= pdu.status <= _LONG:
        raise ProtocolError(f"{pdu.command.name} is too large, or its sequence or status does not fit.")
    return HEADER.pack(length, pdu.command, pdu.status, pdu.sequence) + payload


def decode(raw: bytes) -> Pdu:
    """Exactly one PDU; ProtocolError says what is wrong with it, and whose it was if that could be read."""
    if len(raw) < HEADER.size:
        raise ProtocolError(f"A PDU has at least {HEADER.size} bytes, here are {len(raw)}.")
    length, number, status, sequence = HEADER.unpack_from(raw)
    if length != len(raw):
        raise ProtocolError(f"The PDU says {length} bytes, here are {len(raw)}.", Status.INVALID_LENGTH, sequence)
    try:
        command = Command(number)
    except ValueError as unknown:
        raise ProtocolError(f"Unknown command {number:#010x}.", Status.INVALID_COMMAND, sequence) from unknown
    try:
        body, at = _read_answer(command, raw) if command.is_response else _read_body(body_of(command), raw)
        return Pdu(command, sequence, body, status, tuple(_read_tlvs(raw, at)))
    except ProtocolError as problem:
        raise ProtocolError(f"{command.name}: {problem}", problem.status, sequence) from problem


def _read_answer(command: Command, raw: bytes) -> tuple[Body, int]:
    """The body of a response: its one text up to the NUL or the end, cut where it is too long."""
    match body_of(command):
        case kind if kind is BindResponse or kind is MessageId:
            end = raw.find(b"\0", HEADER.size)
            end = len(raw) if end < 0 else end
            [(_, wire)] = _WIRES[kind]
            assert isinstance(wire, Text)
            return kind(wire.shortened(raw[HEADER.size : end])), min(end + 1, len(raw))
        case kind:
            return kind(), HEADER.size


def _read_body(kind: type[Body], raw: bytes) -> tuple[Body, int]:
    at = HEADER.size
    values: dict[str, Any] = {}
    for name, wire in _WIRES[kind]:
        values[name], at = wire.read(name, raw, at)
    return kind(**values), at


def _read_tlvs(raw: bytes, at: int) -> Iterator[Tlv]:
    """The whole ones; what follows the first that is cut off is no parameter."""
    while at + _TLV.size <= len(raw):
        tag, length = _TLV.unpack_from(raw, at)
        at += _TLV.size
        if at + length > len(raw):
            return
        yield Tlv(tag, raw[at : at + length])
        at += length


class PduStream:
    """Cuts a byte stream into PDUs' bytes."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The whole PDUs so far; ProtocolError when a length cannot be, after which the stream is lost."""
        self._kept += chunk
        while len(self._kept) >= HEADER.size:
            length = int.from_bytes(self._kept[:4])
            if not HEADER.size <= length <= LARGEST_PDU:
                raise ProtocolError(f"A PDU of {length} bytes cannot be; the stream is lost.")
            if len(self._kept) < length:
                return
            frame = bytes(self._kept[:length])
            del self._kept[:length]
            yield frame
