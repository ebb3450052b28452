"""The law's own files, for tests of the rules."""

from cakra.core.law.book import LAW_FILES, PACKAGE, LawBook
from cakra.kit.indonesian_holidays import indonesian_holidays
from cakra.kit.resources import read_package_text


def law_texts() -> dict[str, str]:
    return {name: read_package_text(PACKAGE, name) for name in LAW_FILES}


def law_book() -> LawBook:
    found = indonesian_holidays(range(2024, 2028))
    return LawBook.parse(
        law_texts(), public_holidays=found.public, joint_leave=found.joint_leave, estimated=found.estimated
    )
