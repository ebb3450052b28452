"""The lines of a case's timeline: who, when, in whose words, what is shown of a contact; known answers."""

from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.delivery.ladder import Rung
from cakra.core.ports import Channel
from cakra.journey.timeline.rules import (
    AttemptKey,
    NoticeRecord,
    TimelineLine,
    end_line,
    event_line,
    explain_answer,
    explain_event,
    in_order,
    judge_time,
    masked,
    notice_lines,
    pause_lines,
)
from cakra.journey.timeline.sentences import Sentence

AT = datetime(2026, 11, 3, 3, tzinfo=UTC)
ROW = {
    "notice_id": 7,
    "purpose": "confirmation",
    "template": "konfirmasi_v1",
    "language": "id",
    "created_at": AT,
    "state": "delivered",
    "step": None,
    "channel": "whatsapp",
}
ATTEMPT = {
    "channel": "whatsapp",
    "attempt": 2,
    "sender": "pmj-1",
    "intended_at": AT,
    "answered_at": AT + timedelta(seconds=1),
    "proof_at": AT + timedelta(seconds=2),
    "state": "accepted",
    "code": None,
    "detail": None,
    "action": None,
    "proof": "delivered",
    "has_raw": True,
}
RECEIPT = {
    "channel": "whatsapp",
    "attempt": 2,
    "state": "delivered",
    "code": None,
    "at": AT + timedelta(seconds=3),
    "received_at": AT + timedelta(seconds=4),
}


def told(plan=(), contacts=None, attempts=(), receipts=(), wording=None, **row) -> NoticeRecord:
    return NoticeRecord(ROW | row, plan, contacts or {}, attempts, receipts, wording)


# ---------------------------------------------------------------- the wording and the ways
@pytest.mark.parametrize(
    ("seconds", "id", "en"),
    [
        (119, "119 detik", "119 s"),
        (120, "2 menit", "2 min"),
        (7140, "119 menit", "119 min"),
        (7200, "2 jam", "2 h"),
        (169_200, "47 jam", "47 h"),
        (172_800, "2 hari", "2 days"),
        (864_000, "10 hari", "10 days"),
    ],
)
def test_a_time_is_told_in_a_unit_that_people_use(seconds, id, en) -> None:  # noqa: A002 - the language
    (line,) = notice_lines(told(plan=[Rung(Channel.SMS, "delivered", seconds)]))
    assert line.told.id.endswith(f"Jalan yang terbuka: SMS (sampai ≤ {id}).")
    assert line.told.en.endswith(f"Ways that were open: SMS (delivered ≤ {en}).")


def test_a_notice_is_told_with_its_text_its_mark_and_its_ways() -> None:
    plan = [Rung(Channel.WHATSAPP, "delivered", 600.0), Rung(Channel.EMAIL, "read", 7200.0)]
    (line,) = notice_lines(told(plan=plan, wording=bytes(range(32))))
    assert (line.at, line.kind, line.who, line.moved, line.attempt) == (AT, "notice", "", None, None)
    assert "konfirmasi_v1 (id), sidik kata SHA-256 0001020304050607." in line.told.id
    assert line.told.id.endswith("WhatsApp (sampai ≤ 10 menit); surel (dibaca ≤ 2 jam).")
    assert line.told.en.endswith("WhatsApp (delivered ≤ 10 min); e-mail (read ≤ 2 h).")
    mark = bytes(range(32)).hex()
    assert line.facts == {"notice": 7, "template": "konfirmasi_v1", "language": "id", "wording": mark}


def test_what_a_notice_lacks_is_a_dash() -> None:
    (line,) = notice_lines(told(template=None))
    assert "disusun dengan teks –, sidik kata SHA-256 –. Jalan yang terbuka: –." in line.told.id
    assert "was worded with the text –, SHA-256 of the wording –. Ways that were open: –." in line.told.en
    assert line.facts["wording"] == ""


# ---------------------------------------------------------------- attempts and receipts
def test_an_attempt_is_two_lines_what_was_meant_and_what_was_answered() -> None:
    contacts = {"whatsapp": "…7890"}
    _, meant, answered = notice_lines(told(contacts=contacts, attempts=[ATTEMPT | {"code": "1"}]))
    assert (meant.at, meant.kind, meant.attempt) == (AT, "attempt", None)
    assert meant.told.id == "Percobaan 2 lewat WhatsApp dari pengirim pmj-1 kepada …7890 dicatat, lalu diserahkan."
    assert meant.facts == {"sender": "pmj-1", "contact": "…7890", "number": 2}
    assert (answered.at, answered.kind) == (AT + timedelta(seconds=1), "answer")
    assert answered.attempt == AttemptKey(7, "whatsapp", 2)
    assert answered.facts == {"state": "accepted", "code": "1", "kept": True}


@pytest.mark.parametrize(("missing", "seconds"), [((), 1), (("answered_at",), 2), (("answered_at", "proof_at"), 0)])
def test_an_answer_stands_where_it_came_or_where_its_proof_or_the_attempt_stands(missing, seconds) -> None:
    lines = notice_lines(told(attempts=[ATTEMPT | dict.fromkeys(missing)]))
    assert lines[2].at == AT + timedelta(seconds=seconds)
    assert "kepada –" in lines[1].told.id


@pytest.mark.parametrize(
    ("code", "detail", "shown"),
    [
        (None, None, ""),
        ("131026", None, " (131026)"),
        (None, "tidak ada", " (tidak ada)"),
        ("1", "a {b}", " (1: a {b})"),
    ],
)
def test_a_refusal_shows_its_code_and_the_providers_words(code, detail, shown) -> None:
    said = explain_answer(ATTEMPT | {"state": "refused", "code": code, "detail": detail})
    assert said.id == f"Penyedia menolak{shown}; pesan pasti tidak terkirim."
    assert said.en == f"The provider refused{shown}; surely it was not sent."


def test_a_recalled_attempt_says_so_whatever_its_state_and_a_new_state_is_shown_as_it_is() -> None:
    recalled = explain_answer(ATTEMPT | {"state": "refused", "action": "recall"})
    assert recalled not in (explain_answer(ATTEMPT | {"state": "refused"}), explain_answer(ATTEMPT))
    said = explain_answer(ATTEMPT | {"state": "brand_new", "code": "9"})
    assert (said.id, said.en) == ("Keadaan percobaan: brand_new (9).", "State of the attempt: brand_new (9).")


@pytest.mark.parametrize(("code", "shown"), [(None, ""), ("9", " (9)")])
def test_a_receipt_is_told_when_it_happened_and_keeps_when_it_came(code, shown) -> None:
    _, line = notice_lines(told(receipts=[RECEIPT | {"code": code}]))
    assert (line.at, line.kind, line.attempt) == (RECEIPT["at"], "receipt", AttemptKey(7, "whatsapp", 2))
    assert line.told.id == f"Tanda terima dari WhatsApp untuk percobaan 2: sampai{shown}."
    assert line.told.en == f"Receipt from WhatsApp for attempt 2: delivered{shown}."
    assert line.facts == {"state": "delivered", "received_at": RECEIPT["received_at"]}


def test_where_a_notice_stands_is_told_as_of_now() -> None:
    now = AT + timedelta(days=1)
    line = end_line(told(attempts=[ATTEMPT]), now)
    assert (line.at, line.kind, line.told.en) == (now, "end", "Ended: delivered; proved by WhatsApp.")
    assert line.facts == {"notice": 7, "purpose": "confirmation", "state": "delivered"}


# ---------------------------------------------------------------- events of the case
@pytest.mark.parametrize(
    ("origin", "target", "moved"),
    [("notified", "answered", ("notified", "answered")), (None, "recorded", ("", "recorded")), ("review", None, None)],
)
def test_an_event_says_who_moved_the_case_where(origin, target, moved) -> None:
    row = {"at": AT, "told": "notice_read", "details": {"n": 1}, "actor": "machine"}
    line = event_line(row | {"from_state": origin, "to_state": target})
    assert (line.at, line.kind, line.who, line.moved) == (AT, "event", "machine", moved)
    assert (line.told, line.facts) == (Sentence("Pesan dibaca.", "The message was read."), {"n": 1})


def test_keys_in_an_event_become_words_and_unknown_ones_stay() -> None:
    details = {"channel": "email", "next": "letter", "why": "silence"}
    said = explain_event("channel_left", details)
    assert said.en == "From e-mail to letter: its time was up without proof of delivery."
    assert said.id == "Beralih dari surel ke surat: waktunya habis tanpa bukti sampai."
    assert explain_event("channel_left", {"why": "x"}).en == "From – to –: x."
    assert explain_event("template_changed", {"from": 1, "to": "b"}).id.endswith(": 1 menjadi b.")


# ---------------------------------------------------------------- pauses
PAUSE = {
    "level": "channel",
    "key": "email",
    "reason": "palsu",
    "paused_at": AT,
    "paused_by": "a",
    "resumed_at": None,
    "resumed_by": None,
    "resume_reason": None,
}


@pytest.mark.parametrize(
    ("level", "key", "id", "en"),
    [
        ("everything", None, "semua pengiriman", "everything"),
        ("jurisdiction", "PMJ", "wilayah PMJ", "jurisdiction PMJ"),
        ("channel", "email", "saluran surel", "the channel e-mail"),
        ("sender", "pmj-1", "pengirim pmj-1", "the sender pmj-1"),
        ("new_level", "x", "x", "x"),
        ("new_level", None, "–", "–"),
    ],
)
def test_a_pause_names_what_stood_still_and_who_said_so(level, key, id, en) -> None:  # noqa: A002 - the language
    (line,) = pause_lines(PAUSE | {"level": level, "key": key})
    assert line == TimelineLine(AT, "pause", Sentence(f"Jeda atas {id}: palsu.", f"Pause of {en}: palsu."), "officer:a")


@pytest.mark.parametrize(("why", "shown"), [("beres", "beres"), (None, "–")])
def test_the_end_of_a_pause_is_a_line_of_its_own(why, shown) -> None:
    over = {"resumed_at": AT + timedelta(hours=1), "resumed_by": "b", "resume_reason": why}
    _, ended = pause_lines(PAUSE | over)
    assert (ended.at, ended.kind, ended.who) == (AT + timedelta(hours=1), "pause", "officer:b")
    assert ended.told.id == f"Jeda atas saluran surel berakhir: {shown}."


# ---------------------------------------------------------------- how it is shown
def test_lines_stand_oldest_first_and_those_of_one_instant_as_they_were_given() -> None:
    later, first, second = (
        TimelineLine(AT + timedelta(days=days), kind, Sentence("a", "b"))
        for days, kind in ((1, "x"), (0, "z"), (0, "y"))
    )
    assert in_order([later, first, second]) == [first, second, later]


@pytest.mark.parametrize(
    ("contact", "shown"), [("12345", "…2345"), ("1234", "…"), ("", "…"), ("siti@contoh.example", "s…@…le")]
)
def test_of_a_contact_only_the_end_is_shown_and_of_a_short_one_nothing(contact, shown) -> None:
    assert masked(contact) == shown


def test_a_judge_reads_the_local_time_and_the_universal_one() -> None:
    night = datetime(2026, 12, 31, 17, 0, 2, tzinfo=UTC)
    assert judge_time(night, "Asia/Jayapura", "id") == "1 Jan 2027 02.00.02 WIT (17.00.02 UTC)"
    assert judge_time(night, "Asia/Jakarta", "en") == "1 Jan 2027 00:00:02 WIB (17:00:02 UTC)"
