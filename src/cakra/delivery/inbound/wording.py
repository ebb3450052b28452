"""What people are answered: one text a kind and language, filled with a few values. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cakra.core.errors import SetupError

_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_LIMIT = 1024  # far below the provider's 4,096: it is read on a phone
LANGUAGES = ("id", "en")
# Kind of answer → the variables that it is given.
KINDS: Mapping[str, frozenset[str]] = {
    "genuine": frozenset({"instansi", "ref", "kiriman", "situs"}),
    "elsewhere": frozenset({"instansi", "ref", "kiriman", "situs"}),
    "closed": frozenset({"instansi", "ref", "situs"}),
    "not_found": frozenset({"situs"}),
    "not_mine": frozenset({"instansi", "ref", "tautan"}),
    "not_mine_unknown": frozenset({"situs"}),
    "stopped": frozenset({"situs"}),
    "started": frozenset({"situs"}),
    "number_unseen": frozenset({"situs"}),
    "help": frozenset({"situs"}),
}
CHANNELS: Mapping[str, Mapping[str, str]] = {
    "id": {"whatsapp": "WhatsApp", "email": "surel", "sms": "SMS", "letter": "surat pos"},
    "en": {"whatsapp": "WhatsApp", "email": "e-mail", "sms": "SMS", "letter": "post"},
}


@dataclass(frozen=True, slots=True)
class ReplyText:
    """One answer in one language."""

    kind: str
    language: str
    text: str

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its values; KeyError when one is missing."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)


def parse_replies(text: str) -> dict[tuple[str, str], ReplyText]:
    """(kind, language) → answer of a TOML file; SetupError names what is missing or wrong."""
    try:
        rows = [ReplyText(row["kind"], row["language"], row["text"].strip()) for row in tomllib.loads(text)["reply"]]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as problem:
        raise SetupError(f"The answers to people cannot be read: {problem!r}.") from problem
    found = {(row.kind, row.language): row for row in rows}
    missing = [f"{kind} ({language})" for kind in KINDS for language in LANGUAGES if (kind, language) not in found]
    if missing or len(found) != len(rows):
        raise SetupError(f"Each answer is needed once in each language; missing: {', '.join(missing) or 'none'}.")
    problems = [problem for row in rows for problem in _problems(row)]
    if problems:
        raise SetupError(f"Answers to people: {'; '.join(problems)}.")
    return found


def _problems(row: ReplyText) -> list[str]:
    known, named = KINDS.get(row.kind), f"{row.kind} ({row.language})"
    if known is None:
        return [f"{named} is no kind of answer"]
    unknown = set(_VARIABLE.findall(row.text)) - known
    problems = [f"{named} has the variable {name}" for name in sorted(unknown)]
    if not row.text or len(row.text) > _LIMIT:
        problems.append(f"{named} has {len(row.text)} characters, 1 to {_LIMIT} are allowed")
    return problems


def sent_words(sent: Sequence[tuple[str, str]], language: str) -> str:
    """What was sent, in words: (channel, day as printed) of each."""
    names = CHANNELS[language]
    return "; ".join(f"{names.get(channel, channel)}, {day}" for channel, day in sent)
