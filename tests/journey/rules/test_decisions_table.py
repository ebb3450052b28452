"""Every decision of an officer in every state, and every verdict of the machine: as tables."""

import pytest

from cakra.core.policy.automation import Mode
from cakra.core.states.case import Finding
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.journey.review.rules import (
    NOTE_LIMIT,
    Decision,
    Move,
    Sending,
    moves_of,
    names_person,
    open_decisions,
    plate_said,
    sending_of,
)
from cakra.journey.screening.rules import Verdict, judge, strictest

D, S = Decision, State


@pytest.mark.parametrize(
    ("state", "contacted", "sending", "expected"),
    [
        (S.REVIEW, False, Sending.NONE, (D.ACCEPT, D.REJECT, D.DIVERT)),
        (S.REVIEW, True, Sending.NONE, (D.ACCEPT, D.WITHDRAW, D.DIVERT)),
        (S.UNIDENTIFIED, False, Sending.NONE, (D.ACCEPT, D.REJECT, D.RETURN)),
        (S.UNIDENTIFIED, True, Sending.NONE, (D.ACCEPT, D.WITHDRAW, D.RETURN)),
        (S.UNDELIVERABLE, True, Sending.NONE, (D.RETURN, D.WITHDRAW)),
        (S.UNDELIVERABLE, True, Sending.UNSETTLED, (D.CONFIRM_SENT, D.QUEUE_AGAIN, D.RETURN, D.WITHDRAW)),
        (S.UNDELIVERABLE, True, Sending.REFUSED, (D.QUEUE_AGAIN, D.RETURN, D.WITHDRAW)),
        (S.UNDELIVERABLE, True, Sending.UNPROVED, (D.CONFIRM_SENT, D.RETURN, D.WITHDRAW)),
        (S.ANSWERED, True, Sending.NONE, (D.CHARGE, D.WITHDRAW)),
        (S.DISPUTED, True, Sending.NONE, (D.WITHDRAW,)),
        (S.NOTIFIED, True, Sending.NONE, ()),
        (S.CLOSED, True, Sending.NONE, ()),
    ],
)
def test_what_is_open_to_an_officer(state, contacted, sending, expected) -> None:
    assert open_decisions(state, contacted=contacted, sending=sending) == expected


@pytest.mark.parametrize(
    ("decision", "state", "moves"),
    [
        (D.ACCEPT, S.REVIEW, (Move(S.VALIDATED, "officer_accepted", Step.OWNERSHIP),)),
        (
            D.ACCEPT,
            S.UNIDENTIFIED,
            (Move(S.REVIEW, "officer_returned"), Move(S.VALIDATED, "officer_accepted", Step.OWNERSHIP)),
        ),
        (D.REJECT, S.UNIDENTIFIED, (Move(S.REJECTED, "officer_rejected"),)),
        (D.WITHDRAW, S.DISPUTED, (Move(S.WITHDRAWN, "officer_withdrew"),)),
        (D.DIVERT, S.REVIEW, (Move(S.DIVERTED, "officer_diverted"),)),
        (D.RETURN, S.UNDELIVERABLE, (Move(S.REVIEW, "officer_returned"),)),
        (D.CONFIRM_SENT, S.UNDELIVERABLE, (Move(S.NOTIFYING, "send_settled"),)),
        (D.CHARGE, S.ANSWERED, (Move(S.CHARGED, "charged"),)),
        (D.RETURN, S.CLOSED, (Move(S.REVIEW, "officer_returned"),)),
    ],
)
def test_what_a_decision_does(decision, state, moves) -> None:
    assert moves_of(decision, state) == moves


@pytest.mark.parametrize(
    ("notice", "sending"),
    [
        (None, Sending.NONE),
        ("unsettled", Sending.UNSETTLED),
        ("unknown", Sending.UNSETTLED),
        ("failed", Sending.REFUSED),
        ("accepted", Sending.UNPROVED),
        ("held", Sending.UNPROVED),
    ],
)
def test_how_a_confirmation_ended(notice, sending) -> None:
    assert sending_of(notice) is sending


@pytest.mark.parametrize(
    ("decision", "reason", "said"),
    [
        (D.ACCEPT, "evidence_clear", "B1ZZZ"),
        (D.REJECT, "plate_unreadable", ""),
        (D.REJECT, "duplicate", None),
        (D.WITHDRAW, "plate_unreadable", None),
    ],
)
def test_what_a_decision_says_of_the_plate(decision, reason, said) -> None:
    assert plate_said(decision, reason, "B1ZZZ") == said


@pytest.mark.parametrize(
    ("note", "named"), [("12345678", True), ("1234567", False), ("0812 3456-7890", True), ("", False)]
)
def test_eight_digits_in_a_row_are_a_person(note, named) -> None:
    assert names_person(note) is named


def test_a_note_has_room_for_a_paragraph() -> None:
    assert NOTE_LIMIT == 500


# ---------------------------------------------------------------- the machine's verdict
def found(*told: tuple[str, str]) -> list[Finding]:
    return [Finding(check, verdict, "a", "b") for check, verdict in told]


@pytest.mark.parametrize(
    ("policies", "strict"),
    [
        ((), Mode.HUMAN),
        ((Mode.AUTO,), Mode.AUTO),
        ((Mode.AUTO, Mode.HYBRID), Mode.HYBRID),
        ((Mode.HYBRID, Mode.HUMAN, Mode.AUTO), Mode.HUMAN),
    ],
)
def test_the_strictest_policy_of_several_offences_holds(policies, strict) -> None:
    assert strictest(policies) is strict


@pytest.mark.parametrize(
    ("findings", "policy", "offences", "verdict"),
    [
        (found(("plate", "ok")), Mode.HYBRID, 1, Verdict.ACCEPT),
        (found(), Mode.AUTO, 1, Verdict.ACCEPT),
        (found(("plate", "ok")), Mode.HUMAN, 1, Verdict.REVIEW),
        (found(("plate", "divert"), ("exemption", "fail")), Mode.HUMAN, 1, Verdict.DIVERT),
        (found(("camera_watch", "ok")), Mode.AUTO, 1, Verdict.REVIEW),
        (found(("audit", "ok"), ("plate", "fail")), Mode.AUTO, 1, Verdict.REVIEW),
        (found(("plate", "fail")), Mode.HYBRID, 1, Verdict.REJECT),
        (found(("plate", "fail")), Mode.HYBRID, 2, Verdict.REJECT),
        (found(("exemption", "fail")), Mode.HYBRID, 1, Verdict.REJECT),
        (found(("exemption", "fail")), Mode.HYBRID, 2, Verdict.REVIEW),
        (found(("offence_rule", "fail"), ("duplicate", "fail")), Mode.AUTO, 2, Verdict.REVIEW),
        (found(("offence_rule", "fail"), ("exemption", "fail"), ("duplicate", "fail")), Mode.AUTO, 2, Verdict.REVIEW),
        (found(("offence_rule", "fail"), ("plate", "fail")), Mode.AUTO, 2, Verdict.REJECT),
        (found(("plate", "doubt")), Mode.AUTO, 1, Verdict.REVIEW),
        (found(("plate", "caution")), Mode.AUTO, 1, Verdict.ACCEPT),
        (found(("plate", "caution")), Mode.HYBRID, 1, Verdict.REVIEW),
    ],
)
def test_the_verdict_of_findings(findings, policy, offences, verdict) -> None:
    assert judge(findings, policy, offences) is verdict
