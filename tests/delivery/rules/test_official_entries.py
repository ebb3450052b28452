"""When an entry of the register of official senders holds: instants at their edges."""

from datetime import UTC, datetime, timedelta

import pytest

from cakra.core.errors import Conflict, InputError
from cakra.delivery.official.rules import (
    OfficialSender,
    check_end,
    check_host,
    check_sender,
    check_start,
    check_words,
    how_to_register,
    one_line,
    unofficial,
)

AT = datetime(2026, 11, 3, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def entry(since=AT, until=None, sender="+6281234567890", channel="whatsapp") -> OfficialSender:
    return OfficialSender(
        entry_id=1,
        purpose="p",
        notes="",
        valid_from=since,
        valid_to=until,
        version=1,
        registered_by="a",
        registered_at=AT,
        reason="r",
        channel=channel,
        sender=sender,
        published=sender,
        display_name="ETLE",
    )


@pytest.mark.parametrize(
    ("at", "until", "in_force", "ended"),
    [
        (AT - TICK, None, False, False),
        (AT, None, True, False),
        (AT + timedelta(days=1), AT + timedelta(days=1), False, True),
        (AT + timedelta(days=1) - TICK, AT + timedelta(days=1), True, False),
    ],
)
def test_an_entry_holds_from_its_first_instant_until_before_its_end(at, until, in_force, ended) -> None:
    one = entry(until=until)
    assert (one.in_force(at), one.ended(at)) == (in_force, ended)


def test_nothing_is_official_twice_at_once() -> None:
    check_start([], AT, "x")
    check_start([entry(until=AT)], AT, "x")
    with pytest.raises(Conflict, match="since 2026-11-03 03:00 UTC already"):
        check_start([entry()], AT + timedelta(days=9), "x")
    with pytest.raises(Conflict, match="begin then or later"):
        check_start([entry(until=AT)], AT - TICK, "x")


def test_history_is_not_rewritten() -> None:
    check_end(entry(), AT, AT, "x")
    with pytest.raises(InputError, match="that is past"):
        check_end(entry(), AT - TICK, AT, "x")
    with pytest.raises(InputError, match="cannot end before it begins"):
        check_end(entry(since=AT + timedelta(days=2)), AT + timedelta(days=1), AT, "x")
    check_end(entry(since=AT + timedelta(days=2)), AT + timedelta(days=2), AT, "x")


def test_each_sender_in_use_that_is_not_official_is_told_why() -> None:
    used = {"whatsapp": ["+62 812 3456 7890"], "sms": ["ETLE"]}
    assert unofficial({"whatsapp": used["whatsapp"]}, [entry()], AT) == []
    (told,) = unofficial({"sms": ["ETLE"]}, [entry()], AT)
    assert told[:2] == ("sms", "ETLE")
    assert told[2].startswith("The sms sender ETLE is not registered as official; an administrator registers it:")
    (coming,) = unofficial({"whatsapp": used["whatsapp"]}, [entry(since=AT + TICK * 60_000_000)], AT)
    assert coming[2] == "The whatsapp sender +62 812 3456 7890 is official only from 2026-11-03 03:01 UTC."
    past = [entry(since=AT - timedelta(days=9), until=AT - timedelta(days=days)) for days in (5, 3)]
    (ended,) = unofficial({"whatsapp": used["whatsapp"]}, past, AT)
    assert "has not been official since 2026-10-31 03:00 UTC" in ended[2]
    later = [entry(since=AT + timedelta(days=days)) for days in (5, 3)]
    assert "only from 2026-11-06" in unofficial({"whatsapp": used["whatsapp"]}, later, AT)[0][2]


def test_how_to_register_names_a_display_name_for_senders_only() -> None:
    assert '--name "ETLE"' in how_to_register("whatsapp", "+62")
    assert "--name" not in how_to_register("host", "a.example")


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (300, True), (301, False)])
def test_words_are_one_line_of_at_most_three_hundred(length, fits) -> None:
    if fits:
        check_words(reason="x" * length)
    else:
        with pytest.raises(InputError, match="Give a reason of 1 to 300 characters"):
            check_words(reason="x" * length)
    with pytest.raises(InputError, match="line break"):
        check_words(reason="a\nb")
    assert one_line("  a b ", "name", 3) == "a b"


@pytest.mark.parametrize(
    ("sender", "fits"),
    [
        ("AB", True),
        ("A", False),
        ("ABCDEFGHIJK", True),
        ("ABCDEFGHIJKL", False),
        ("123", True),
        ("12", False),
        ("12345678", True),
        ("123456789", False),
    ],
)
def test_an_sms_sender_is_a_short_name_or_a_short_code(sender, fits) -> None:
    if fits:
        assert check_sender("sms", sender)
    else:
        with pytest.raises(InputError, match="is no SMS sender"):
            check_sender("sms", sender)


def test_a_host_has_two_names_and_no_more_than_253_characters() -> None:
    assert check_host(" Konfirmasi.ETLE.example ") == "konfirmasi.etle.example"
    long = ".".join(["a" * 60] * 4) + ".example"
    assert len(long) == 251
    assert check_host(long) == long
    assert check_host("ab" + long) == "ab" + long
    for wrong in ("a", "abc" + long, "a..b", "-a.b", "a_b.example"):
        with pytest.raises(InputError, match="is no host name"):
            check_host(wrong)
    assert check_host("localhost", loopback=True) == "localhost"
    with pytest.raises(InputError, match="is no host name"):
        check_host("localhost")


@pytest.mark.parametrize("host", ["etle.example/k", "etle@polri.example", "etle.example?k=1", "https://etle.example/"])
def test_more_than_a_host_is_told_as_that(host) -> None:
    with pytest.raises(InputError, match="is more than a host"):
        check_host(host)
