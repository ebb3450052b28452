"""Every Indonesian text of the doors has its English, with the same placeholders, and none is left over."""

import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from cakra.doors.words import CATALOGUE, N_, Words, read_catalogue

DOORS = Path(str(resources.files("cakra.doors")))
ROOMS = sorted(file.parent.name for file in DOORS.glob(f"*/{CATALOGUE}"))
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "trimmed": "true"}}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def marked(room: str) -> set[str]:
    found = extract_from_dir(DOORS / room, METHODS, OPTIONS, keywords={"_": None, "N_": None, "gettext": None})
    return {message for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_has_its_english(room):
    assert marked(room), f"nothing is marked for translation in {room}"
    assert sorted(marked(room) - read_catalogue(f"cakra.doors.{room}").keys()) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_english_is_left_over(room):
    assert sorted(read_catalogue(f"cakra.doors.{room}").keys() - marked(room)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_placeholders_agree(room):
    for text, english in read_catalogue(f"cakra.doors.{room}").items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english)), text


def test_indonesian_is_the_source_and_the_fallback():
    words = Words(["cakra.doors.design"])
    assert words.say("Langsung ke isi", "id") == "Langsung ke isi"
    assert words.say("Langsung ke isi", "en") == "Skip to content"
    assert words.say(N_("belum diterjemahkan"), "en") == "belum diterjemahkan"
