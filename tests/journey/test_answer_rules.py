"""When the question is open, and what its forms take."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cakra.core.states.journey import State, may_move
from cakra.doors.citizen.answering.forms import READERS, STORED, details_of, read_day
from cakra.journey.answer import AnswerKind, may_answer

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("state", State)
def test_an_open_question_can_reach_answered_by_the_table(state):
    # Undeliverable has no move of its own into answered: who stands at the portal was reached, and goes by notifying.
    by_bridge = state is State.UNDELIVERABLE and may_move(state, State.NOTIFYING)
    assert may_answer(state, charged_before=False) is (may_move(state, State.ANSWERED) or by_bridge)
    assert not may_answer(state, charged_before=True)


# Beside any text: a sign that becomes eighteen letters, an accent behind a dash, and what is cut at a blank.
WRITTEN = st.text(max_size=600) | st.text("a\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}-\u0301 ", max_size=60).map(
    lambda text: text * 10
)


@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.sampled_from(sorted(STORED)), WRITTEN))
@example("other_drove", {"sim": "A-\u0301"})
@example("sold", {"nama": "a" * 99 + " b", "tanggal": "2025-08-17"})
@example("never_mine", {"beda": "a" * 500 + " " + "b" * 600})
def test_what_a_form_keeps_it_takes_again(kind, fields):
    """The draft in the browser is read by the same rules when it is sent: it must stay what it was."""
    reader = READERS[AnswerKind(kind)]
    draft, faults = reader(fields, TODAY)
    assert set(faults) <= set(STORED)
    again, faults_again = reader(draft, TODAY)
    assert (again, faults_again) == (draft, faults)
    if not faults:
        assert all(details_of(draft).values())


@given(st.dates(date(1990, 1, 1), TODAY))
def test_a_day_is_read_as_browsers_and_people_write_it(day):
    people = (f"{day.day}-{day.month}-{day.year}", day.strftime("%d/%m/%Y"), day.strftime("%d.%m.%Y"))
    assert {read_day(text) for text in (day.isoformat(), *people)} == {day}


@pytest.mark.parametrize("text", ["17 Agustus 2025", "Minggu, 17 Agt 2025", "17 - 8 - 2025.", "17 AUGUST 2025"])
def test_a_day_is_read_with_its_months_name(text):
    assert read_day(text) == date(2025, 8, 17)


@pytest.mark.parametrize(
    "text", ["", "2025", "31-02-2025", "2025-13-01", "0-1-2025", "45000", "17 Agustus", "１７-8-2025x"]
)
def test_what_is_no_day(text):
    assert read_day(text) is None
