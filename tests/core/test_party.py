"""Parties: how a phone's end is read, and how turns end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.states.journey import State
from cakra.core.states.party import Party, PartyRole, PartyStanding, phone_ending, standing_after


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("765432", "765432"),
        ("765 432", "765432"),
        ("76-54-32", "765432"),
        ("0812 9876 5432", "765432"),
        ("+62 812-9876-5432", "765432"),
        ("\u0667\u0666\u0665\u0664\u0663\u0662", "765432"),
        ("98765432", "765432"),
        ("65432", None),
        ("", None),
        ("B 1234 XYZ", None),
        ("76543Z", None),
        ("1" * 21, None),
        ("7" * 201, None),
        (" " * 194 + "765432", "765432"),
        (" " * 195 + "765432", None),
    ],
)
def test_the_end_of_a_phone_is_read_as_people_type_it(typed, read):
    assert phone_ending(typed) == read


@given(st.text(max_size=250))
def test_whatever_is_typed_is_six_digits_or_nothing(typed):
    read = phone_ending(typed)
    assert read is None or (len(read) == 6 and read.isascii() and read.isdigit())


@given(st.integers(811_0000_0000, 899_9999_9999))
def test_a_whole_number_and_its_end_are_the_same(national):
    assert phone_ending(f"+62{national}") == phone_ending(f"0{national}") == phone_ending(str(national)[-6:])


def test_every_state_says_how_a_turn_ended():
    assert {standing_after(state) for state in State} == set(PartyStanding) - {PartyStanding.ADDRESSED}


def test_only_an_owner_is_no_named_person():
    assert [role for role in PartyRole if not Party(1, role, "R", 1).is_named] == [PartyRole.OWNER]


def test_the_sealed_contact_is_shown_nowhere():
    assert "tersegel" not in repr(Party(1, PartyRole.OWNER, "R", 1, b"tersegel"))
