import tomllib
from datetime import date

import pytest
from tests.core.law_texts import law_texts

from cakra.core.law.book import LAW_FILES, LawBook, check_law
from cakra.core.law.lawtext import LawDataInvalid
from cakra.kit.errors import SetupError
from cakra.kit.indonesian_holidays import indonesian_holidays
from cakra.kit.resources import read_package_text


def test_the_shipped_law_has_no_fault():
    assert check_law(law_texts()) == []


@pytest.mark.parametrize("name", LAW_FILES)
def test_a_missing_file_is_named(name):
    texts = law_texts()
    del texts[name]
    assert f"{name.removeprefix('data/')}: the file is missing" in check_law(texts)


@pytest.mark.parametrize("name", LAW_FILES)
def test_a_truncated_file_is_named(name):
    text = law_texts()[name]
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text[:-2])
    assert any("not readable as TOML" in problem for problem in check_law(law_texts() | {name: text[:-2]}))


def test_faults_of_all_files_are_told_at_once():
    texts = law_texts()
    texts["data/offences.toml"] = texts["data/offences.toml"].replace('code = "BUSWAY"', 'code = "BISWAY"')
    texts["data/speed.toml"] = texts["data/speed.toml"].replace("tolerance_kmh = 5", "tolerance_kmh = -5")
    texts["data/calendar.toml"] += '\n[[override]]\nday = 2025-05-12\nin_force = true\nsource = "x"\n'
    with pytest.raises(LawDataInvalid) as caught:
        LawBook.parse(texts, public_holidays={}, joint_leave={})
    problems = "\n".join(caught.value.problems)
    assert "basis AMBULANS names the unknown offence BUSWAY" in problems
    assert "tolerance_kmh = -5 is not zero or more" in problems
    assert "2025-05-12 has two overrides" in problems


def test_the_seed_of_holidays_tells_national_days_from_joint_leave():
    found = indonesian_holidays([2025, 2026])
    assert found.public[date(2026, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"
    assert date(2026, 3, 20) in found.joint_leave
    assert not found.public.keys() & found.joint_leave.keys()


def test_a_file_the_installation_lacks_is_a_clear_error():
    with pytest.raises(SetupError, match=r"cakra\.core\.law/data/nothing\.toml cannot be read"):
        read_package_text("cakra.core.law", "data/nothing.toml")
