"""A case as the steps see it: its key, what it starts with, and that nothing personal of its party reaches a log."""

from datetime import UTC, datetime

from cakra.core.states.case import Case, Finding, Record
from cakra.core.states.journey import State
from cakra.core.states.party import Party, PartyRole

AT = datetime(2026, 11, 3, 1, tzinfo=UTC)


def a_case(**more) -> Case:
    told = {
        "cell": 3,
        "case_id": 77,
        "version": 1,
        "reference": "R",
        "jurisdiction": "PMJ",
        "state": State.RECEIVED,
        "plate": None,
        "claimed_plate": None,
        "offences": (),
        "occurred_at": AT,
        "received_at": AT,
        "camera": "C",
        "vehicle_kind": "car",
    }
    return Case(**(told | more))


def test_the_key_is_cell_and_case() -> None:
    assert a_case().key == (3, 77)


def test_a_new_case_was_never_tried_and_waits_for_nothing() -> None:
    case = a_case()
    assert case.tries == 0
    assert (case.party_id, case.delivered_at, case.confirm_by, case.pay_by, case.step) == (None,) * 5


def test_the_sealed_contact_is_not_shown() -> None:
    assert "tersegel" not in repr(a_case(turn=Party(77, PartyRole.OWNER, "R", 77, b"tersegel")))


def test_a_finding_may_have_no_facts() -> None:
    assert Finding("plate", "ok", "a", "b").facts == {}


def test_it_may_be_the_turn_of_somebody_named_once_it_is_not_the_first_owners() -> None:
    assert [a_case(party_id=party).may_be_named for party in (None, 77, 78)] == [False, False, True]


def test_a_record_is_new_unless_it_says_that_it_renews() -> None:
    assert Record("party", 3, 77, {}).renews is False
