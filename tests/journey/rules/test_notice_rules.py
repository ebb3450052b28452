"""Templates, the values of a notice and how they are made to fit: known answers on every limit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.states.notice import Purpose
from cakra.journey.notice.rules import (
    Template,
    fitted,
    lint,
    lint_text,
    notice_values,
    parse_templates,
    template_for,
)

GOOD = Template(
    "konfirmasi", Purpose.CONFIRMATION, "id", "Subjek {{ref}}", "Halo {{plat}} di {{lokasi}}.", "Kaki", "Buka", "Bukan"
)
HOST = "etle.example"


def problems(**changes) -> list[str]:
    return lint(replace(GOOD, **changes), [HOST])


# ---------------------------------------------------------------- which wording
def test_the_first_language_that_has_a_wording_of_the_purpose_is_taken() -> None:
    reminder = replace(GOOD, purpose=Purpose.REMINDER)
    english, javanese = replace(GOOD, language="en"), replace(reminder, language="jv")
    known = (reminder, english, GOOD, javanese)
    assert template_for(known, Purpose.CONFIRMATION, ["jv", None, "en", "id"]) is english
    assert template_for(known, Purpose.CONFIRMATION, ["id", "en"]) is GOOD
    assert template_for(known, Purpose.REMINDER, ["id"]) is reminder


def test_no_wording_of_another_purpose_or_language_is_taken_instead() -> None:
    for purpose, languages in ((Purpose.REFUND, ["id"]), (Purpose.CONFIRMATION, ["jv", None]), (Purpose.REFUND, [])):
        with pytest.raises(KeyError, match=f"no template for {purpose}"):
            template_for((GOOD,), purpose, languages)


def test_a_template_names_its_variables_once_in_order_and_has_a_name_without_its_picture() -> None:
    assert replace(GOOD, body="{{ref}} {{plat}} {{ref}}").variables == ("ref", "plat")
    assert GOOD.registered_name(with_picture=True) == "konfirmasi"
    assert GOOD.registered_name(with_picture=False) == "konfirmasi_teks"


def test_a_file_of_templates_is_read_and_a_picture_is_usual() -> None:
    row = '[[template]]\nname="n"\npurpose="p"\nlanguage="id"\nsubject="s"\nbody="\\n b \\n"\nfooter="f"\nbutton="b"\n'
    (read,) = parse_templates(row + 'quick_reply="q"')
    assert read == Template("n", "p", "id", "s", "b", "f", "b", "q", picture=True)
    assert not parse_templates(row + 'quick_reply="q"\npicture=false')[0].picture


# ---------------------------------------------------------------- what may be sent
@pytest.mark.parametrize(
    ("part", "kind", "most"),
    [
        ("subject", "subject", 78),
        ("body", "body", 1024),
        ("footer", "footer", 60),
        ("button", "button", 25),
        ("quick_reply", "quick reply", 25),
    ],
)
def test_each_part_is_as_long_as_a_provider_takes_it_to_the_letter(part, kind, most) -> None:
    assert problems(**{part: "a" * most}) == []
    assert problems(**{part: "a" * (most + 1)}) == [f"{kind} has {most + 1} characters, at most {most} are allowed"]
    assert problems(**{part: " "}) == [f"the {kind} is empty"]


@pytest.mark.parametrize("body", ["{{plat}} ada.", "Pelat {{plat}}", " {{plat}} ada. ", "{{plat}}"])
def test_a_body_neither_starts_nor_ends_with_a_variable(body) -> None:
    assert problems(body=body) == ["the body may not start or end with a variable"]


def test_only_known_variables_stand_in_subject_and_body_and_none_elsewhere() -> None:
    assert problems(subject="Ref {{ref}}", body="Ya {{plat}}, {{situs}}.") == []
    assert "{{uang_muka}}" in problems(body="Ya {{uang_muka}}.")[0]
    assert "{{}}" in problems(subject="Ya {{}}.")[0]
    for part, kind in (("footer", "footer"), ("button", "button"), ("quick_reply", "quick reply")):
        assert problems(**{part: "{{ref}}"}) == [f"the {kind} may not have a variable"]


@pytest.mark.parametrize("body", ["Buka x/{{ref}} ya.", "Buka {{situs}}/k ya.", "Buka {{situs}}.site ya."])
def test_no_address_is_built_from_a_variable(body) -> None:
    assert len(problems(body=body)) == 1
    assert "builds an address" in problems(body=body)[0]


def test_a_question_who_drove_is_no_tilang_and_a_verdict_is() -> None:
    assert problems(body="Ini TILANG Anda.") == ["says «TILANG»: a confirmation request is not a tilang"]
    assert problems(body="Ini TILANG Anda.", purpose=Purpose.REMINDER) != []
    assert problems(body="Ini TILANG Anda.", purpose=Purpose.VERDICT) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Silakan bayar.", ["says «bayar»: a message never asks for money, a code or an app"]),
        ("satu\ndua", []),
        ("satu\tdua", ["contains the invisible character U+0009"]),
        ("sa\u200btu sa\u200btu", ["contains the invisible character U+200B"]),
        ("п", ["contains the letter «п» (U+043F), which is not Latin"]),
        ("é １ 7 !", []),
        ("Buka etle.example.", []),
        ("Buka http://etle.example:80/x", []),
        ("Buka lain.example", ["names lain.example, which is not an official host"]),
        ("Buka http://[x", ["names http://[x, which is not an official host"]),
    ],
)
def test_what_is_wrong_with_a_text_is_said(words, said) -> None:
    assert lint_text(words, [HOST]) == said


# ---------------------------------------------------------------- the values
def values(**more):
    told = {
        "plate": "B 1 A",
        "agency": "Polda",
        "offences": ["a", "b"],
        "occurred_at": datetime(2026, 11, 2, 1, tzinfo=UTC),
        "zone": "Asia/Jakarta",
        "place": "Jl. A",
        "reference": "R",
        "site": "s",
        "language": "id",
    }
    return notice_values(**(told | more))


USUAL = {
    "plat": "B 1 A",
    "instansi": "Polda",
    "pelanggaran": "a; b",
    "waktu": "2 Nov 2026 08.00 WIB",
    "lokasi": "Jl. A",
    "ref": "R",
    "situs": "s",
}
LAST = datetime(2026, 11, 10, 16, 59, 59, tzinfo=UTC)  # one second before midnight in Jakarta


@pytest.mark.parametrize(
    ("more", "reminding"),
    [
        ({}, {}),
        ({"answer_by": LAST}, {}),
        ({"number": 1}, {}),
        ({"answer_by": LAST, "number": 1}, {"batas": "10 Nov 2026", "ke": "ke-1"}),
        ({"answer_by": LAST, "number": 2, "zone": "Asia/Makassar"}, {"batas": "11 Nov 2026", "ke": "ke-2"}),
    ],
)
def test_only_a_reminder_says_which_it_is_and_its_last_local_day(more, reminding) -> None:
    found = values(**more)
    assert {name: found.get(name) for name in ("batas", "ke") if name in found} == reminding
    if "zone" not in more:
        assert found == USUAL | reminding


def test_in_english_a_reminder_has_a_plain_number() -> None:
    found = values(answer_by=LAST, number=3, language="en")
    assert (found["batas"], found["ke"], found["waktu"]) == ("10 Nov 2026", "3", "2 Nov 2026 08:00 WIB")


def test_no_value_has_more_than_500_characters() -> None:
    assert len(values(place="x" * 600)["lokasi"]) == 500


# ---------------------------------------------------------------- made to fit
FRAME = "{{plat}} {{lokasi}} {{instansi}} {{pelanggaran}} "


def filled(body: str, found: dict[str, str]) -> int:
    for name, value in found.items():
        body = body.replace("{{" + name + "}}", value)
    return len(body)


def body_for(told: dict[str, str], over: int) -> str:
    """A body that is `over` characters too long with these values."""
    return FRAME + "x" * (1024 + over - filled(FRAME, told))


LONG = {"plat": "B 1 A", "lokasi": "l" * 100, "instansi": "i" * 100, "pelanggaran": "p" * 100}


@pytest.mark.parametrize(
    ("over", "lengths"),
    [
        (0, (100, 100, 100)),
        (1, (99, 100, 100)),
        (59, (41, 100, 100)),
        (60, (41, 99, 100)),
        (118, (41, 41, 100)),
        (150, (41, 41, 68)),
        (900, (41, 41, 41)),
    ],
)
def test_the_place_is_shortened_first_then_the_agency_then_the_offences(over, lengths) -> None:
    taken = fitted(body_for(LONG, over), LONG)
    assert taken["plat"] == "B 1 A"
    assert tuple(len(taken[name]) for name in ("lokasi", "instansi", "pelanggaran")) == lengths
    for name, length in zip(("lokasi", "instansi", "pelanggaran"), lengths, strict=True):
        assert taken[name] == (LONG[name] if length == 100 else LONG[name][: length - 1] + "…")


def test_what_has_forty_characters_is_not_shortened_and_words_end_without_a_blank() -> None:
    short = LONG | {"lokasi": "l" * 40, "instansi": "i" * 41}
    taken = fitted(body_for(short, 50), short)
    assert (taken["lokasi"], taken["instansi"]) == ("l" * 40, "i" * 40 + "…")
    assert len(taken["pelanggaran"]) == 50
    blank = LONG | {"lokasi": "l" * 60 + " " * 10 + "m" * 30}
    assert fitted(body_for(blank, 30), blank)["lokasi"] == "l" * 60 + "…"


def test_a_name_that_has_no_value_takes_no_room() -> None:
    told = {"plat": "B 1 A", "lokasi": "l" * 100}
    assert fitted(FRAME + "x" * (1024 - len("B 1 A" + "l" * 100) - 4), told) == told


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 900))
def test_whatever_can_be_made_to_fit_fits(place, agency, offences, rest) -> None:
    told = {"plat": "B 1 A", "lokasi": "l" * place, "instansi": "i" * agency, "pelanggaran": "p" * offences}
    taken = fitted(FRAME + "x" * rest, told)
    least = sum(min(41, length) for length in (place, agency, offences)) + len("B 1 A    ") + rest
    assert filled(FRAME + "x" * rest, taken) <= max(1024, least)
