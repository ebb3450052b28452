"""What the print house's day asks of the spool in which letters wait and of the house that prints them."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from cakra.core.ports import Receipt


class WaitingLetter(Protocol):
    """A letter of some day: the tag of its notice's attempt, and its reference."""

    @property
    def tag(self) -> str:
        """As `Message.tag`."""

    @property
    def reference(self) -> str:
        """Of its case."""


class LetterMark(Protocol):
    """What the spool knows of a tag."""

    @property
    def withdrawn(self) -> bool:
        """Whether that letter is not kept and never will be."""


class Spool(Protocol):
    """The one folder in which letters wait; every method is blocking and returns when what it did is durable."""

    def identity(self) -> str:
        """Its own name, the same wherever it is moved."""

    @property
    def place(self) -> str:
        """Where it lies on this host."""

    def find(self, tag: str) -> LetterMark | None:
        """The mark of a tag; ValueError, LookupError or TypeError when it cannot be read."""

    def withdraw(self, tags: Iterable[str]) -> Collection[str]:
        """Give letters up, and refuse them from now on; those that are out."""

    def postpone(self, tags: Iterable[str]) -> None:
        """Leave letters to the next day."""

    def waiting_days(self) -> Sequence[date]:
        """Days that are not with the print house yet."""

    def days(self) -> Sequence[date]:
        """Every day with letters."""

    def waiting(self, day: date) -> Sequence[WaitingLetter]:
        """The letters of an open day."""

    def frozen(self, day: date) -> Sequence[WaitingLetter]:
        """The letters of a closed day, in order of print; none of an open one."""

    def batch_name(self, day: date) -> str:
        """As the print house knows that day."""

    def handed_over_at(self, day: date) -> datetime | None:
        """Since when the print house has that day; None before."""

    def is_told(self, day: date) -> bool:
        """Whether the notices of that day know that they were handed over."""

    def mark_told(self, day: date) -> None:
        """They know it."""

    def forget_before(self, day: date) -> int:
        """Erase letters of days before this one that were handed over; how many files."""


class LetterBatch(Protocol):
    """A batch that the print house has."""

    @property
    def name(self) -> str:
        """As the print house knows it."""

    @property
    def sha256(self) -> str:
        """Of the archive."""

    @property
    def letters(self) -> Sequence[WaitingLetter]:
        """In order of print."""


class Batches(Protocol):
    """Hands days over."""

    async def close_batch(self, day: date, may_leave: Callable[[], Awaitable[bool]]) -> LetterBatch | None:
        """Hand over one day, once; None when it has no letters or a pause came. CakraError: a later try may do it."""


class UnusableLine(Protocol):
    """A line of a response that says nothing we can use."""

    @property
    def line(self) -> int:
        """Its number in the file; 0: the file as a whole."""

    @property
    def why(self) -> str:
        """In a sentence."""


class HouseResponse(Protocol):
    """What one response says."""

    @property
    def receipts(self) -> Sequence[Receipt]:
        """Of our letters."""

    @property
    def quarantined(self) -> Sequence[UnusableLine]:
        """Lines that cannot be used; they are kept."""


class ResponseFile(Protocol):
    """One file that the print house or the post wrote for us."""

    @property
    def name(self) -> str:
        """Its name there."""

    async def read(self, at: datetime) -> HouseResponse:
        """What it says; InputError when it is no response to a batch of ours. Reading it twice gives the same."""

    async def refuse(self, why: str) -> None:
        """Keep it apart, whole, for a person to look at."""

    async def done(self) -> None:
        """Keep it; it is not fetched again."""


class ResponseFolder(Protocol):
    """Where the print house leaves what it has to say."""

    async def fetch(self) -> Sequence[ResponseFile]:
        """Files that were not done with before; CakraError when the house cannot be reached."""
