"""The forms that fields of a protocol data unit have on the wire, and what is said when one does not fit. Pure."""

from enum import IntEnum
from typing import Any, Protocol

LARGEST_BYTE = 0xFF


class Status(IntEnum):
    """Command statuses that the protocol code itself uses; `codes` has what each means for us."""

    OK = 0x00
    INVALID_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    WRONG_BIND_STATE = 0x04
    SYSTEM_ERROR = 0x08
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY = 0x64


class ProtocolError(Exception):
    """Bytes that are no PDU, or a PDU that cannot be written.

    `status` is what a generic_nack would say, `sequence` whose it was (None: the stream itself is lost).
    """

    def __init__(self, sentence: str, status: int = Status.INVALID_LENGTH, sequence: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sequence = sequence


class Wire(Protocol):
    """How one field is written and read; both raise ProtocolError with the field's name."""

    def write(self, name: str, value: Any) -> bytes:
        """The bytes of a value."""

    def read(self, name: str, raw: bytes, at: int) -> tuple[Any, int]:
        """The value that starts at an offset, and where it ends."""


class Text(Wire):
    """A NUL-terminated string of at most `room - 1` bytes, read as Latin-1 so that no byte is lost."""

    def __init__(self, room: int) -> None:
        self._room = room

    def write(self, name: str, value: Any) -> bytes:
        """The bytes and a NUL; ProtocolError when it does not fit."""
        if len(value) >= self._room or any(not 0 < ord(character) <= LARGEST_BYTE for character in value):
            raise ProtocolError(f"{name} must be a text of at most {self._room - 1} Latin characters without NUL.")
        return bytes(value, "latin-1") + b"\0"

    def read(self, name: str, raw: bytes, at: int) -> tuple[str, int]:
        """Up to the NUL; ProtocolError when there is none in time."""
        end = raw.find(b"\0", at, at + self._room)
        if end < 0:
            raise ProtocolError(f"{name} does not end within {self._room} bytes.")
        return raw[at:end].decode("latin-1"), end + 1

    def shortened(self, raw: bytes) -> str:
        """As much of a text without NUL as there is room for."""
        return raw[: self._room - 1].decode("latin-1")


class Byte(Wire):
    """One unsigned byte."""

    def write(self, name: str, value: Any) -> bytes:
        """One byte; ProtocolError when it does not fit."""
        if not 0 <= value <= LARGEST_BYTE:
            raise ProtocolError(f"{name} must be between 0 and 255.")
        return bytes((value,))

    def read(self, name: str, raw: bytes, at: int) -> tuple[int, int]:
        """The byte; ProtocolError at the end of the PDU."""
        if at >= len(raw):
            raise ProtocolError(f"The PDU ends before {name}.")
        return raw[at], at + 1


class Counted(Wire):
    """Bytes with their length in front, at most 254."""

    _MOST = 254

    def write(self, name: str, value: Any) -> bytes:
        """Length and bytes; ProtocolError over 254."""
        if len(value) > self._MOST:
            raise ProtocolError(f"{name} must have at most {self._MOST} bytes.")
        return bytes((len(value),)) + bytes(value)

    def read(self, name: str, raw: bytes, at: int) -> tuple[bytes, int]:
        """As many bytes as announced; ProtocolError when they do not follow."""
        length, at = Byte().read(name, raw, at)
        if length > self._MOST or at + length > len(raw):
            raise ProtocolError(f"{name} says {length} bytes, which do not follow.")
        return raw[at : at + length], at + length
