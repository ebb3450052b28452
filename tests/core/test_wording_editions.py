"""An edition of the wordings: names keep their words, every purpose stays served, nothing asks or leads elsewhere."""

from datetime import date

import pytest

from cakra.core.policy.kind import Scope
from cakra.core.states.deadline import NATIONAL
from cakra.journey.notice.rules import parse_templates
from cakra.journey.notice.wordings import TEMPLATES
from cakra.wiring.world import known_templates
from policy_kit import book_of, packaged

PACKAGED = packaged()["templates"]
SCOPE = Scope(NATIONAL, date(2027, 1, 1), ())
CONFIRMATION = next(one for one in parse_templates(PACKAGED) if (one.purpose, one.language) == ("confirmation", "id"))
NAME, SUBJECT = f'name = "{CONFIRMATION.name}"', f'subject = "{CONFIRMATION.subject}"'


def faults(text):
    return TEMPLATES.faults(text, SCOPE, [parse_templates(PACKAGED)])


def edition(number=2, subject="Konfirmasi kendaraan Anda"):
    """New words under a new name, in both languages."""
    return PACKAGED.replace(NAME, f'name = "etle_konfirmasi_v{number}x"').replace(SUBJECT, f'subject = "{subject}"')


def test_the_packaged_texts_and_new_words_under_a_new_name_may_hold():
    assert NAME in PACKAGED
    assert SUBJECT in PACKAGED
    assert faults(PACKAGED) == []
    assert faults(edition()) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PACKAGED.replace(SUBJECT, 'subject = "Lain"'), "(id) is registered with other words"),
        (PACKAGED.replace(NAME, 'name = "Etle Konfirmasi"'), "small letters, digits"),
        (PACKAGED.replace(NAME, f'name = "{"a" * 201}"'), "200 at most"),
        (PACKAGED + PACKAGED, "is named twice"),
        (PACKAGED + edition(), "another wording of confirmation in this language"),
        (PACKAGED.replace(NAME, 'name = "etle_jawaban_v1_teks"'), "named twice"),
        ("", "cannot be read"),
        ("template = []", "there is no wording of confirmation in id"),
        (PACKAGED.replace('purpose = "refund"', 'purpose = "refunded"'), "there is no wording of refund in id"),
        (PACKAGED.replace("named = true\n", ""), "there is no wording of reminder in id to somebody whom an answer"),
        (edition(subject="Unduh aplikasi ini"), "a message never asks for money"),
        (edition(subject="Lihat etle.polri.example"), "names etle.polri.example, which is not an official host"),
        (PACKAGED.replace(SUBJECT, "subject = 3"), "subject of 'etle_konfirmasi_v1' must be text in quotation marks"),
        (PACKAGED.replace("picture = false", 'picture = "no"'), "must be true or false"),
    ],
)
def test_what_may_not_hold_is_told_in_a_sentence(text, sentence):
    assert any(sentence in told for told in faults(text)), faults(text)


def test_every_text_that_an_edition_ever_had_stays_known():
    book = book_of(templates=edition())
    names = {(one.name, one.language) for one in known_templates(book.editions)}
    assert {("etle_konfirmasi_v2x", "id"), (CONFIRMATION.name, "id")} <= names
    assert len(names) == len(known_templates(book.editions)), "a text of two editions is known once"
