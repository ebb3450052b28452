"""The law's own files, for tests of the rules."""

from cakra.core.law.book import LAW_FILES, PACKAGE, LawBook
from cakra.core.law.deadlines import parse_deadline_policies
from cakra.core.law.zones.oddeven import OddEvenRules
from cakra.core.states.deadline import DeadlinePolicy
from cakra.kit.indonesian_holidays import indonesian_holidays
from cakra.kit.resources import read_package_text


def law_texts() -> dict[str, str]:
    return {name: read_package_text(PACKAGE, name) for name in LAW_FILES}


def odd_even_rules() -> OddEvenRules:
    """The packaged zones, with the holidays of these years."""
    return OddEvenRules.parse(read_package_text(PACKAGE, "data/oddeven.toml"), law_book().holidays)


def packaged_deadlines() -> tuple[DeadlinePolicy, ...]:
    """The packaged deadlines."""
    return parse_deadline_policies(read_package_text(PACKAGE, "data/deadlines.toml"))


def law_book() -> LawBook:
    found = indonesian_holidays(range(2024, 2028))
    return LawBook.parse(
        law_texts(), public_holidays=found.public, joint_leave=found.joint_leave, estimated=found.estimated
    )
