"""What a letter says about the office that sends it: data, by the agency's name."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from cakra.core.errors import SetupError

ANY_AGENCY = "*"


@dataclass(frozen=True, slots=True)
class Office:
    """Heading above the agency's name, its place, whom letters return to, who signs, the Posko and its hours."""

    heading: tuple[str, ...]
    unit: str
    place: str
    return_to: str
    signatory: str
    posko: str
    posko_address: str
    posko_bring: str
    hours: tuple[tuple[str, str], ...]

    def for_template(self) -> dict[str, Any]:
        """The same words, as the template reads them."""
        return asdict(self)


def read_offices(text: str) -> Mapping[str, Office]:
    """Offices by agency name; "*" serves all others. SetupError names the office that cannot be read."""
    try:
        rows = tomllib.loads(text)["office"]
    except (ValueError, RecursionError, KeyError) as problem:
        raise SetupError(f"The offices of the letters cannot be read: {problem}.") from problem
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SetupError("The offices of the letters cannot be read: they are no list of [[office]] tables.")
    offices: dict[str, Office] = {}
    for row in rows:
        agency = row.pop("agency", "")
        try:
            hours = tuple((str(day), str(time)) for day, time in row.pop("hours"))
            offices[agency] = Office(heading=tuple(row.pop("heading")), hours=hours, **row)
        except (KeyError, TypeError, ValueError) as problem:
            raise SetupError(f"The letters' office of {agency or 'an agency without a name'}: {problem}.") from problem
    return offices


def packaged_offices() -> Mapping[str, Office]:
    """The offices that come with the product."""
    return read_offices(resources.files("cakra.outside.letter").joinpath("office.toml").read_text("utf-8"))
