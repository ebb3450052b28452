"""What every kind of policy has: a name, a packaged file, a reader, and a check that it holds together. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from cakra.core.errors import SetupError
from cakra.core.law.lawtext import Field, LawDataInvalid, read_document
from cakra.core.states.deadline import NATIONAL

T = TypeVar("T")
ANY = "*"
"""In a row: every jurisdiction, purpose or offence."""
LONGEST = 200_000
"""Characters of one edition."""


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom an edition is meant: `first` is its first day, `offences` the codes that the law knows."""

    jurisdiction: str
    first: date
    offences: Collection[str]

    @property
    def is_national(self) -> bool:
        """Whether it is the nation's."""
        return self.jurisdiction == NATIONAL

    def strangers(self, jurisdictions: Iterable[str]) -> Iterator[str]:
        """A sentence for each jurisdiction named in an edition that is another's."""
        if self.is_national:
            return
        for code in sorted(set(jurisdictions) - {self.jurisdiction, NATIONAL, ANY}):
            yield f"it names the jurisdiction {code}, and an edition of {self.jurisdiction} speaks of no other"

    def unknown_offences(self, codes: Iterable[str]) -> Iterator[str]:
        """A sentence for each offence that no law on file knows."""
        for code in sorted(set(codes) - set(self.offences) - {ANY}):
            yield f"it names the offence {code}, which no law on file knows"


def _never(_content: object, _others: object) -> tuple[()]:
    """Editions of most kinds do not care for each other."""
    return ()


@dataclass(frozen=True, slots=True)
class PolicyKind(Generic[T]):
    """One kind of policy, whose content is a `T`.

    `package`, `files`: edition 0, one text of all files; `parse`: that text to the content, SetupError with what is
    wrong; `check`: what contradicts its scope, a sentence each; `national`: no jurisdiction may have its own; `beside`:
    what contradicts the other editions, the packaged one first.
    """

    name: str
    about: str
    package: str
    files: Sequence[str]
    parse: Callable[[str], T]
    check: Callable[[T, Scope], Iterable[str]]
    national: bool = False
    beside: Callable[[T, Sequence[T]], Iterable[str]] = _never

    def faults(self, text: str, scope: Scope, others: Sequence[T] = ()) -> list[str]:
        """Everything that keeps this text from being an edition there, a sentence each; empty when it may be one.

        `others`: what the editions say that there are, the packaged one first.
        """
        if len(text) > LONGEST:
            return [f"it has {len(text)} characters, and an edition has at most {LONGEST}"]
        if "\x00" in text:
            return ["it holds a NUL character, which no text has"]
        try:
            content = self.parse(text)
        except LawDataInvalid as problem:
            return list(problem.problems)
        except SetupError as problem:
            return [problem.sentence]
        found = [*self.check(content, scope), *self.beside(content, others)]
        if self.national and not scope.is_national:
            found.append(f"{self.name} are one for the whole nation; give it the jurisdiction {NATIONAL}")
        return found


def read_one(name: str, text: str, read: Callable[[Field], T]) -> T:
    """The content of a file that is one table, as `read` takes it; LawDataInvalid with every fault."""
    problems: list[str] = []
    document = read_document(name, text, problems)
    content = read(document)
    document.finish()
    if problems:
        raise LawDataInvalid(problems, "the policy cannot be used")
    return content
