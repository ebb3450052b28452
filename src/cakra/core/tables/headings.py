"""Which column of a table is which: exact headings are taken, near ones are asked about, none is dropped in silence."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cakra.core.errors import InputError
from cakra.core.tables.values import plain_code

_LIKENESS = 0.82
_BARE = re.compile(r"^(?:no(?:mor)?|nmr)(?=[a-z]{2})|[0-9]+$")  # `notlp` and `telp2` are `tlp` and `telp`


@dataclass(frozen=True, slots=True)
class KnownColumns:
    """The columns of one kind of table.

    `names`: our name to the headings that mean it for certain; `hints`: our name to words that make a heading look
    like it; `passing`: words by which a heading says that it is none of ours, unless it looks like one of `always`.
    """

    names: Mapping[str, Sequence[str]]
    required: Sequence[str]
    hints: Mapping[str, Collection[str]]
    passing: Collection[str] = ()
    always: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each of our columns stands in a row (from 0), and the headings that are not used."""

    places: Mapping[str, int]
    ignored: tuple[str, ...]


def key_of(heading: str) -> str:
    """A heading without case, dots, blanks and signs: `No. Telepon` and `NO_TELEPON` are one."""
    text = unicodedata.normalize("NFKC", plain_code(heading)).casefold()
    return "_".join("".join(sign if sign.isalnum() else " " for sign in text).split())


def read_layout(
    label: str, header: Sequence[str], known: KnownColumns, chosen: Sequence[str] = (), left_out: Sequence[str] = ()
) -> Layout:
    """Find our columns in a header.

    `chosen`: what a person decided, each `ours=heading`; `left_out`: headings that a person says are not used.
    InputError: a column is missing, two could be the same, or a heading looks like one of ours and nobody decided.
    """
    places = _chosen(label, header, known, chosen)
    aside = {_place_of(label, header, heading) for heading in left_out}
    names = {key_of(alias): ours for ours, aliases in known.names.items() for alias in (ours, *aliases)}
    fixed = set(places)
    asked = _take_exact(header, names, places, aside)
    ignored = [place for place in range(len(header)) if place not in places.values()]
    open_ = [place for place in ignored if place not in aside and key_of(header[place]) not in names]
    asked += [
        _near(header[place], ours, used=header[places[ours]] if ours in places else None)
        for place in open_
        if (ours := _resembles(header[place], known)) is not None and ours not in fixed
    ]
    if asked and (places or len(header) >= len(known.required)):  # else it is no header at all
        raise InputError(f"{label}: {' '.join(asked)}", code="table_columns")
    missing = [name for name in known.required if name not in places]
    if missing:
        raise InputError(
            f"{label} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; its first line must name "
            f"{', '.join(known.required)} and may name "
            f"{', '.join(name for name in known.names if name not in known.required)}. "
            f'Where it names one otherwise, say --column {missing[0]}="ITS HEADING".',
            code="register_header",
        )
    return Layout(places, tuple(header[place] for place in ignored if header[place]))


def _take_exact(
    header: Sequence[str], names: Mapping[str, str], places: dict[str, int], aside: Collection[int]
) -> list[str]:
    """Give `places` the headings that are certain; what must be asked where several are the same column."""
    fixed, taken = set(places), {*places.values(), *aside}
    doubled: dict[str, list[str]] = {}
    for place, heading in enumerate(header):
        ours = names.get(key_of(heading))
        if place in taken or ours is None or ours in fixed:
            continue
        if ours in places:
            doubled.setdefault(ours, [header[places[ours]]]).append(heading)
        else:
            places[ours] = place
    return [_two(ours, headings) for ours, headings in doubled.items()]


def _chosen(label: str, header: Sequence[str], known: KnownColumns, chosen: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for choice in chosen:
        ours, equals, heading = choice.partition("=")
        ours = ours.strip()
        if not equals or ours not in known.names:
            raise InputError(
                f'--column {choice}: write OURS="THEIR HEADING"; ours are {", ".join(known.names)}.',
                code="table_columns",
            )
        place = _place_of(label, header, heading)
        if ours in places or place in places.values():
            raise InputError(f"--column {choice}: this column was named already.", code="table_columns")
        places[ours] = place
    return places


def _place_of(label: str, header: Sequence[str], heading: str) -> int:
    wanted = heading.strip()
    exact = [place for place, there in enumerate(header) if there == wanted]
    found = exact or [place for place, there in enumerate(header) if key_of(there) == key_of(wanted)]
    if len(found) != 1:
        what = "has no column" if not found else "has more than one column"
        raise InputError(
            f"{label} {what} {wanted!r}; its columns are {', '.join(repr(there) for there in header)}.",
            code="table_columns",
        )
    return found[0]


def _two(ours: str, headings: Sequence[str]) -> str:
    return (
        f"There are {'two' if len(headings) == 2 else len(headings)} columns for {ours}: "  # noqa: PLR2004 - two
        f'{" and ".join(repr(one) for one in headings)}; name the one to use, such as --column {ours}="{headings[0]}".'
    )


def _near(heading: str, ours: str, used: str | None) -> str:
    beside = f", beside {used!r}" if used is not None else ""
    use = f' --column {ours}="{heading}" to use it,'
    return f'The column {heading!r} looks like {ours}{beside}; say{use} or --ignore-column "{heading}" to leave it out.'


def _resembles(heading: str, known: KnownColumns) -> str | None:
    """Our column that a heading looks like, without being one of its names."""
    key = key_of(heading)
    words = {word for part in key.split("_") for word in (part, _BARE.sub("", part))}
    passing = not words.isdisjoint(known.passing)
    for ours, hints in known.hints.items():
        if passing and ours not in known.always:
            continue
        if any(set(hint.split("_")) <= words for hint in hints):
            return ours
    if passing:
        return None
    spellings = {alias: ours for ours, aliases in known.names.items() for alias in (ours, *aliases)}
    near = get_close_matches(key, spellings, n=1, cutoff=_LIKENESS)
    return spellings[near[0]] if near else None
