"""What an import did, how many owners can be reached beside the import before, and what should stop it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_HALF = 0.5
_LEAST_FEWER = 3  # so many owners less than expected are no chance of a small file
_LEAST_GIVEN = 10
_NEARLY_ALL = 0.9
_MONTH_FIRST_SHARE = 0.2  # of a file that writes the month first, three days in five say so
_WORDS = {"phone": "a usable phone", "email": "an e-mail address", "number": "a NIK or company number"}


@dataclass(frozen=True, slots=True)
class Held:
    """Of `taken` rows, how many have a usable phone, an e-mail address, an owner's number; None: not counted then."""

    taken: int
    phone: int
    email: int | None
    number: int | None

    def share(self, what: str) -> float | None:
        """0 to 1; None where it was not counted."""
        count = getattr(self, what)
        return None if count is None or not self.taken else count / self.taken


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did, or a preview would do; rows = inserted + updated + unchanged + wrong."""

    rows: int
    inserted: int
    updated: int
    unchanged: int
    wrong: int
    without_phone: int
    """Readable rows whose owner has no usable mobile number."""
    ignored_columns: tuple[str, ...]
    report: Path | None
    ended: int = 0
    """Spells of another owner that had no end and got one where the next begins."""
    counts: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Of the rows taken, how many had what (`sealing.COUNTED`)."""
    reasons: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Why rows were refused, and how many for each."""
    held: Held | None = field(default=None, compare=False)
    last: Held | None = field(default=None, compare=False)
    """The same of the import before; None: this is the first."""
    alarms: tuple[str, ...] = field(default=(), compare=False)
    """What stops the import unless it is allowed (a preview only tells it)."""


def share_lines(now: Held, last: Held | None) -> list[str]:
    """A line each: `a usable phone: 82.0 % (last import 83.1 %)`."""
    return [
        f"{words}: {_percent(now.share(what))}" + (f" (last import {_percent(last.share(what))})" if last else "")
        for what, words in _WORDS.items()
    ]


def _percent(share: float | None) -> str:
    return "not counted" if share is None else f"{share:.1%}"


def alarms(now: Held, last: Held | None, counts: Mapping[str, int]) -> Iterator[str]:
    """Sentences that each stop an import until a person says that it is meant."""
    for what, words in _WORDS.items():
        before, share = (last.share(what) if last else None), now.share(what)
        if before is None or share is None or share > before * _HALF:
            continue
        if before * now.taken - getattr(now, what) >= _LEAST_FEWER:
            yield f"Only {share:.0%} of its owners have {words}, of the last import {before:.0%} had."
    given, malformed = counts.get("phone_given", 0), counts.get("phone_malformed", 0)
    if given >= _LEAST_GIVEN and malformed >= given * _NEARLY_ALL:
        yield f"Of {given:,} phones that it names {malformed:,} are malformed."
    niks, rounded = counts.get("nik", 0), counts.get("nik_rounded", 0)
    if niks >= _LEAST_GIVEN and rounded >= niks * _NEARLY_ALL:
        yield (
            f"Of {niks:,} NIKs that it names {rounded:,} end in 0: a spreadsheet keeps fifteen digits, and each may "
            "be another person's; export the column as text."
        )


def is_month_first(rows: int, refused: int) -> bool:
    """Whether so many rows were refused for a day with its month first that the others are read wrong, too."""
    return refused > 0 and refused >= rows * _MONTH_FIRST_SHARE
