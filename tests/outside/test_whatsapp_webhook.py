"""Webhooks: which are genuine, and what their receipts say."""

import hmac
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cakra.core.ports import Action, ReceiptState
from cakra.kit.errors import SetupError
from cakra.outside.whatsapp import WhatsAppCallbacks, challenge, require_loopback

CALLBACKS = WhatsAppCallbacks("rahasia")


def signed(raw: bytes, secret: bytes = b"rahasia") -> str:
    return "sha256=" + hmac.new(secret, raw, "sha256").hexdigest()


def webhook(*values: dict) -> bytes:
    entries = [{"id": "1", "changes": [{"field": "messages", "value": value}]} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def status(name: str = "delivered", **more) -> dict:
    return {"id": "wamid.A", "status": name, "timestamp": "1750030073", "biz_opaque_callback_data": "n:1:2:1"} | more


@pytest.mark.parametrize("header", ["X-Hub-Signature-256", "x-hub-signature-256"])
def test_only_the_raw_bytes_signed_with_our_secret_are_genuine(header):
    raw = b'{"nama":"\\u00e9"}'
    assert CALLBACKS.verify(raw, {header: signed(raw)})
    assert not CALLBACKS.verify('{"nama":"é"}'.encode(), {header: signed(raw)})
    assert not CALLBACKS.verify(raw, {header: signed(raw, b"lain")})
    assert not CALLBACKS.verify(raw, {header: signed(raw).upper()})
    assert not CALLBACKS.verify(raw, {header: "sha256="})
    assert not CALLBACKS.verify(raw, {header: "é"})
    assert not CALLBACKS.verify(raw, {})


def test_without_a_secret_nothing_is_genuine():
    raw = b"{}"
    assert not WhatsAppCallbacks("").verify(raw, {"x-hub-signature-256": signed(raw, b"")})


def test_the_address_is_confirmed_for_who_knows_the_token():
    asked = {"hub.mode": "subscribe", "hub.verify_token": "kata", "hub.challenge": "1158201444"}
    assert challenge(asked, "kata") == "1158201444"
    assert challenge(asked, "lain") is None
    assert challenge(asked | {"hub.mode": "unsubscribe"}, "kata") is None
    assert challenge({}, "kata") is None
    assert challenge(asked | {"hub.verify_token": ""}, "") is None


def test_receipts_of_several_entries_without_recipients_and_with_unknown_parts():
    raw = webhook(
        {"statuses": [status("sent"), status("baru"), {"id": 7}, "?"], "new_field": [1]},
        {"messages": [{"id": "wamid.B", "type": "text"}], "contacts": []},
        {"statuses": [status("read", recipient_id="628", timestamp=1750030099), status("played")]},
    )
    receipts = CALLBACKS.receipts(raw)
    assert [receipt.state for receipt in receipts] == [ReceiptState.SENT, ReceiptState.READ, ReceiptState.READ]
    assert {(receipt.tag, receipt.provider_id) for receipt in receipts} == {("n:1:2:1", "wamid.A")}
    assert receipts[0].at == datetime(2025, 6, 15, 23, 27, 53, tzinfo=UTC)
    assert receipts[1].at == datetime(2025, 6, 15, 23, 28, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (131026, Action.NEXT_CHANNEL),
        (131049, Action.NEXT_CHANNEL),
        (131000, Action.RETRY),
        (132015, Action.NEXT_CHANNEL),
        (131042, Action.STOP_SENDER),
        (555, Action.NEXT_CHANNEL),
    ],
)
def test_a_late_failure_says_what_to_do(code, action):
    [receipt] = CALLBACKS.receipts(webhook({"statuses": [status("failed", errors=[{"code": code}])]}))
    assert (receipt.state, receipt.action, receipt.code) == (ReceiptState.FAILED, action, str(code))
    assert receipt.detail


@pytest.mark.parametrize("errors", [{"code": 131042}, [{"title": "x"}, {"code": 131042}], ["?", {"code": 131042.0}]])
def test_a_code_is_found_wherever_the_errors_hold_it(errors):
    [receipt] = CALLBACKS.receipts(webhook({"statuses": [status("Failed", errors=errors)]}))
    assert (receipt.state, receipt.action, receipt.code) == (ReceiptState.FAILED, Action.STOP_SENDER, "131042")


def test_a_failure_without_a_code_or_a_tag_is_still_a_failure():
    failed = {"id": "wamid.C", "status": "failed", "timestamp": "never"}
    [receipt] = CALLBACKS.receipts(webhook({"statuses": [failed]}))
    assert (receipt.state, receipt.action, receipt.tag) == (ReceiptState.FAILED, Action.NEXT_CHANNEL, None)
    assert receipt.at.tzinfo is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entry", "changes", "field", "value", "statuses", "id", "status", "timestamp", "errors"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_body_breaks_the_reader(raw):
    for receipt in CALLBACKS.receipts(raw):
        assert receipt.provider_id


def test_a_body_nested_too_deep_has_no_receipts():
    assert not CALLBACKS.receipts(b'{"entry":' + b"[" * 100_000)


@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:8090", "http://127.9.8.7", "http://localhost:1", "http://[::1]:80", "http://2130706433"],
)
def test_a_provider_on_this_machine_is_fit_for_a_synthetic_register(base_url):
    require_loopback(base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://graph.facebook.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[::ffff:8.8.8.8]",
        "http://8.8.8.8\\@127.0.0.1",  # one parser says 127.0.0.1, the client calls 8.8.8.8
        "http://127.0.0.1@8.8.8.8",
        "http://127.0.0.1.example",
        "http://nobody.invalid",
        "127.0.0.1:80",
        "",
    ],
)
def test_any_other_provider_is_refused_with_a_sentence(base_url):
    with pytest.raises(SetupError, match=r"synthetic|not a URL"):
        require_loopback(base_url)


@pytest.mark.parametrize("odd", [{}, [], None, 7, True, "x" * 5000, {"id": ["w"]}, {"id": "w", "status": {}}, [[]]])
def test_one_odd_status_does_not_lose_its_neighbours(odd):
    raw = webhook({"statuses": [status("sent"), odd, status("read")]})
    assert [receipt.state for receipt in CALLBACKS.receipts(raw)] == [ReceiptState.SENT, ReceiptState.READ]
    assert CALLBACKS.unread(raw) == {"status": 1}


@pytest.mark.parametrize("at", [-5, "-5", 1.5, 1750030073.9, "9" * 40, 10**30, [], {}, None, True, "2026-01-01"])
def test_a_strange_time_is_replaced_and_never_raised(at):
    (receipt,) = CALLBACKS.receipts(webhook({"statuses": [status("delivered", timestamp=at)]}))
    assert 2000 < receipt.at.year < 2100


def test_what_a_status_carries_is_bounded():
    long = status("failed", errors=[{"code": "9" * 5000}], biz_opaque_callback_data="n" * 5000)
    nameless = status(id="w" * 5000, biz_opaque_callback_data="")
    receipt, tagged = CALLBACKS.receipts(webhook({"statuses": [long, nameless, status(id="w" * 5000)]}))
    assert (receipt.tag, len(receipt.code)) == (None, 100)
    assert (bool(tagged.tag), tagged.provider_id) == (True, ""), "our tag is enough"


def test_a_late_refusal_for_a_country_stops_the_sender_only_at_home():
    failed = status("failed", errors=[{"code": 130497}])
    for theirs, action in (("6591234567", Action.NEXT_CHANNEL), ("6281234567890", Action.STOP_SENDER)):
        value = {
            "metadata": {"display_phone_number": "+62 811-0000-0000"},
            "statuses": [failed | {"recipient_id": theirs}],
        }
        (receipt,) = CALLBACKS.receipts(webhook(value))
        assert receipt.action is action
