"""How much the machine may decide, by offence. Pure. Source: `data/automation.toml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cakra.core.law.lawtext import Field
from cakra.core.policy.kind import ANY, Scope, read_one

FILE = "automation.toml"


class Mode(StrEnum):
    """How much the machine may decide for an offence in a jurisdiction."""

    AUTO = "auto"
    HYBRID = "hybrid"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Automation:
    """Offence code (or «*») → mode."""

    modes: Mapping[str, Mode]

    def of(self, offence: str) -> Mode:
        """The mode of an offence: its own, else that of all."""
        return self.modes.get(offence, self.modes[ANY])


def parse_automation(text: str) -> Automation:
    """From the text of `automation.toml`; LawDataInvalid with every fault."""
    return read_one(FILE, text, _read)


def _read(document: Field) -> Automation:
    modes: dict[str, Mode] = {}
    for row in document.rows("automation", "offence"):
        offence, mode = row.text("offence"), row.choice("mode", Mode)
        row.finish()
        if offence in modes:
            row.fault("the offence is given twice")
        modes[offence] = mode or Mode.HUMAN
    if ANY not in modes:
        document.fault("one row for every other offence is needed: offence = «*»")
    return Automation(modes)


def check_automation(automation: Automation, scope: Scope) -> Iterator[str]:
    """Offences that the law does not know."""
    yield from scope.unknown_offences(automation.modes)
