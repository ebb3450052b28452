"""Every file of TOML that an operator writes: what its reader cannot read is told in a sentence, whatever it is."""

import os

import pytest

from cakra.core.delivery.ladder import parse_ladders
from cakra.core.delivery.reminders import parse_reminders
from cakra.core.delivery.tariff import parse_tariffs
from cakra.core.errors import InputError, SetupError
from cakra.core.policy.retention import parse_retention
from cakra.delivery.codes.wording import parse_words
from cakra.delivery.inbound.wording import parse_replies
from cakra.journey.intake.registering.roster_file import read_roster
from cakra.journey.notice.rules import parse_templates
from cakra.kit.settings import load_settings
from cakra.outside.letter.geometry import read_geometry
from cakra.outside.letter.office import read_offices
from cakra.wiring.policies import KINDS

NAMES = "ladder", "reminders", "class", "tariff", "reply", "words", "camera", "template", "office"
ODD = {
    "no TOML": "[[",
    "a number of thousands of digits": "a = 1" + "0" * 5_000,
    "a fraction beyond every exponent": "a = 1e" + "9" * 30,
    "thousands of lists in each other": "a = " + "[" * 20_000,
    "a number where rows are due": "".join(f"{name} = 3\n" for name in NAMES),
    "numbers where tables are due": "".join(f"{name} = [3]\n" for name in NAMES),
}
READERS = {
    "ladder": parse_ladders,
    "reminders": parse_reminders,
    "retention": parse_retention,
    "tariffs": parse_tariffs,
    "replies": parse_replies,
    "words of codes": parse_words,
    "roster": lambda text: read_roster(text, toml=True),
    "templates": parse_templates,
    "geometry": read_geometry,
    "offices": read_offices,
} | {f"policy {kind.name}": kind.parse for kind in KINDS}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_read_is_refused_in_words(reader, odd):
    with pytest.raises((SetupError, InputError)) as refused:
        READERS[reader](ODD[odd])
    assert refused.value.sentence


@pytest.mark.parametrize("odd", [name for name in ODD if "are due" not in name and "fraction" not in name])
def test_a_configuration_that_cannot_be_read_is_refused_in_words(tmp_path, monkeypatch, odd):
    file = tmp_path / "cakra.toml"
    file.write_text(ODD[odd])
    for name in [name for name in os.environ if name.startswith("CAKRA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CAKRA_CONFIG", str(file))
    with pytest.raises(SetupError, match="not readable as TOML"):
        load_settings()
