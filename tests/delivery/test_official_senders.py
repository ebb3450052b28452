"""The register of official senders: what may be in it, what was official when, and the signed publication."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.official import sender_key
from cakra.core.errors import CakraError, Conflict, InputError, NotFound, SetupError
from cakra.delivery.official.looking import look_up
from cakra.delivery.official.publication import (
    find_publication,
    key_id_of,
    newest_publication,
    public_keys,
    publish,
    renewed,
    revoke_key,
)
from cakra.delivery.official.registry import (
    WantedEntry,
    history,
    read_register,
    register,
    register_own,
    require_a_sender,
    retire,
    unofficial_senders,
)
from cakra.delivery.official.rules import check_host, check_sender
from officers import put_officer

BY, WHY, LIFE = "kasi", "ST/12/2026", timedelta(days=7)
NUMBER = "+62 812-3000-4000"
MARCH = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
async def led(pool):
    """A database with an officer who leads and one who does not."""
    for name, role in ((BY, "commander"), ("reza", "reviewer")):
        await put_officer(pool, name, role)
    return pool


def wanted(name=NUMBER, kind="whatsapp", **more):
    shown = {} if kind == "host" else {"display_name": "ETLE"}
    return WantedEntry(kind, name, "Konfirmasi", **(shown | more))


@pytest.mark.parametrize(
    ("channel", "written", "key"),
    [
        ("whatsapp", " +62 812-3000-4000 ", "+6281230004000"),
        ("whatsapp", "+62 (812) 3000.4000", "+6281230004000"),
        ("sms", "ETLE  PMJ", "ETLE PMJ"),
        ("sms", "1500669", "1500669"),
        ("email", "Notis@ETLE.example", "notis@etle.example"),
        ("letter", " Ditlantas  Polda Metro Jaya ", "Ditlantas Polda Metro Jaya"),
    ],
)
def test_a_sender_has_one_canonical_form_however_it_is_written(channel, written, key):
    assert check_sender(channel, written) == key
    assert check_sender(channel, key) == key


@given(channel=st.sampled_from(["whatsapp", "sms", "email", "letter", "pigeon"]), name=st.text(max_size=40))
def test_the_canonical_form_never_fails_and_is_its_own_canonical_form(channel, name):
    key = sender_key(channel, name)
    assert sender_key(channel, key) == key


@pytest.mark.parametrize(
    ("channel", "written", "says"),
    [
        ("whatsapp", "+62 21 5234077", "landline"),
        ("whatsapp", "0812 3000 4000", "no country code"),
        ("whatsapp", "+62 812", "too few or too many"),
        ("whatsapp", "+999 12345678", "unknown country"),
        ("whatsapp", "ETLE", "no country code"),
        ("whatsapp", "", "1 to 100"),
        ("whatsapp", "+62 812\u200b3000 4000", "invisible"),
        ("sms", "+62 21 5234077", "landline"),
        ("sms", "ETLE POLDA METRO", "2 to 11"),
        ("sms", "ЕTLE", "2 to 11"),
        ("email", "ETLE <notis@etle.example>", "plain e-mail"),
        ("email", "notis@localhost", "no host name"),
        ("email", "notis@xn--tle-9na.example", "outside a-z"),
        ("pigeon", "x", "no channel"),
    ],
)
def test_what_cannot_be_a_sender_is_refused_with_the_reason(channel, written, says):
    with pytest.raises(InputError, match=says):
        check_sender(channel, written)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("https://etle.example/k", "only the name"),
        ("etle.example:8080", "a port"),
        ("10.0.0.1", "an address"),
        ("127.0.0.1", "an address"),
        ("ètle.example", "outside a-z"),
        ("xn--tle-9na.example", "outside a-z"),
        ("etle", "no host name"),
        ("-etle.example", "no host name"),
        ("BIT.LY", "shortens"),
        ("etle.example.", "no host name"),
    ],
)
def test_what_cannot_be_a_host_is_refused_with_the_reason(host, says):
    with pytest.raises(InputError, match=says):
        check_host(host)


async def test_every_change_is_a_version_and_the_past_can_be_read(led):
    old, new = MARCH - timedelta(days=90), datetime.now(UTC) + timedelta(days=2)
    assert await register(led, wanted(valid_from=old), by=BY, reason=WHY) == 1
    assert await register(led, wanted("konfirmasi.etle.example", "host", valid_from=old), by=BY, reason=WHY) == 2
    assert await retire(led, "whatsapp", "+6281230004000", by=BY, reason="diganti", valid_to=new) == 3
    assert await register(led, wanted(valid_from=new), by=BY, reason="kembali") == 4

    everything = await read_register(led)
    assert everything.version == 4
    assert [one.published for one in everything.at(MARCH).senders] == [NUMBER]
    assert everything.at(MARCH).host_names == {"konfirmasi.etle.example"}
    assert everything.at(old - timedelta(seconds=1)).senders == ()
    first, second = everything.senders
    assert (first.valid_to, first.retired_by, first.retire_reason) == (new, BY, "diganti")
    assert everything.at(new).senders == (second,)
    told = [(one.version, one.by, one.action, one.kind, one.name, one.reason) for one in await history(led)]
    assert told == [
        (4, BY, "register", "whatsapp", NUMBER, "kembali"),
        (3, BY, "retire", "whatsapp", NUMBER, "diganti"),
        (2, BY, "register", "host", "konfirmasi.etle.example", WHY),
        (1, BY, "register", "whatsapp", NUMBER, WHY),
    ]


async def test_nothing_is_official_twice_at_once_and_history_is_not_rewritten(led):
    at = datetime.now(UTC)
    await register(led, wanted(), by=BY, reason=WHY)
    with pytest.raises(Conflict, match="already; retire it first"):
        await register(led, wanted("+62 (812) 3000-4000"), by=BY, reason=WHY)
    with pytest.raises(InputError, match="history is not rewritten"):
        await retire(led, "whatsapp", NUMBER, by=BY, reason="x", valid_to=at - timedelta(days=1))
    await retire(led, "whatsapp", NUMBER, by=BY, reason="x", valid_to=at + timedelta(days=3))
    with pytest.raises(Conflict, match="begin then or later"):
        await register(led, wanted(valid_from=at + timedelta(days=2)), by=BY, reason=WHY)
    with pytest.raises(NotFound, match="not registered as official"):
        await retire(led, "whatsapp", NUMBER, by=BY, reason="x")
    await register(led, wanted("lain.etle.example", "host", valid_from=at + timedelta(days=5)), by=BY, reason=WHY)
    with pytest.raises(InputError, match="cannot end before it begins"):
        await retire(led, "host", "lain.etle.example", by=BY, reason="x")
    assert (await read_register(led)).version == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"by": "reza"}, "no grant in force"),
        ({"by": "nobody"}, "no grant in force"),
        ({"reason": "  "}, "reason of 1 to 300"),
        ({"wanted": wanted(display_name="")}, "name .what the phone shows. of 1 to 60"),
        ({"wanted": WantedEntry("whatsapp", NUMBER, "", "ETLE")}, "purpose of 1"),
        ({"wanted": wanted("127.0.0.1", "host")}, "an address"),
    ],
)
async def test_a_refused_registration_leaves_nothing_behind(led, changes, says):
    told = {"wanted": wanted(), "by": BY, "reason": WHY} | changes
    with pytest.raises(CakraError, match=says):
        await register(led, told.pop("wanted"), **told)
    found = await read_register(led)
    assert (found.version, found.senders, found.hosts) == (0, (), ())


async def test_a_sender_outside_its_validity_is_named_with_what_to_do(led):
    used = {"whatsapp": (NUMBER, "+62 811 0000 0009"), "email": ("notis@etle.example",)}
    at = datetime.now(UTC)
    await register(led, wanted(valid_from=at + timedelta(days=1)), by=BY, reason=WHY)
    await register(led, wanted("notis@etle.example", "email", valid_from=MARCH), by=BY, reason=WHY)
    await retire(led, "email", "notis@etle.example", by=BY, reason="x", valid_to=at + timedelta(hours=1))
    with pytest.raises(SetupError) as refused:
        await require_a_sender(led, used, at + timedelta(hours=2))
    said = refused.value.sentence
    assert f"sender {NUMBER} is official only from" in said
    assert 'cakra official register whatsapp "+62 811 0000 0009"' in said
    assert "sender notis@etle.example has not been official since" in said
    del used["whatsapp"]
    await require_a_sender(led, used, at)


async def test_a_demonstration_registers_what_was_never_registered_and_brings_nothing_back(led):
    used = {"whatsapp": ("+62 800 0000 0000",), "email": ("notis@etle.example",)}
    assert await register_own(led, used, ["127.0.0.1"]) == 3
    await require_a_sender(led, used)
    await retire(led, "email", "notis@etle.example", by=BY, reason="x")
    assert await register_own(led, used, ["127.0.0.1"]) == 0
    await require_a_sender(led, used)
    ((channel, name, _),) = await unofficial_senders(led, used)
    assert (channel, name) == ("email", "notis@etle.example")
    with pytest.raises(SetupError, match=r"notis@etle\.example"):
        await require_a_sender(led, {"email": used["email"]})
    assert {one.by for one in await history(led)} == {"machine", BY}


async def test_what_somebody_was_written_to_from_is_found_only_by_exact_match(led):
    at = datetime.now(UTC)
    await register(led, wanted(valid_from=MARCH), by=BY, reason=WHY)
    await register(led, wanted("konfirmasi.etle.example", "host", valid_from=MARCH), by=BY, reason=WHY)
    await register(led, wanted("nanti.etle.example", "host", valid_from=at + timedelta(days=1)), by=BY, reason=WHY)
    found = await read_register(led)
    for text in (
        NUMBER,
        "081230004000",
        "6281230004000",
        "https://konfirmasi.etle.example/k/1",
        "KONFIRMASI.etle.example",
    ):
        assert look_up(found, text, at).answer == "official", text
    assert look_up(found, "nanti.etle.example", at).answer == "coming"
    for text in (
        "+62 812-3000-4001",
        "konfirmasi.etle.example.tipu.example",
        "https://konfirmasi.etle.example@tipu.example/",
        "konfirmasi-etle.example",
        "коnfirmasi.etle.example",
        "https://[",
        "",
    ):
        assert look_up(found, text, at).answer == "unknown", text
    await retire(led, "whatsapp", NUMBER, by=BY, reason="x")
    assert look_up(await read_register(led), NUMBER, datetime.now(UTC)).answer == "ended"


async def test_publications_are_numbered_chained_and_kept(led):
    key = Ed25519PrivateKey.generate()
    await register(led, wanted(notes="rahasia dapur", valid_from=MARCH), by=BY, reason="alasan dalam")
    first = await publish(led, key, life=LIFE)
    await retire(led, "whatsapp", NUMBER, by=BY, reason="bocor")
    second = await renewed(led, key, life=LIFE)
    assert (first.number, first.version, second.number, second.version) == (1, 1, 2, 2)
    assert await renewed(led, key, life=LIFE) == second
    assert await find_publication(led, 1) == first

    key.public_key().verify(second.signature, second.document.encode())
    told = json.loads(second.document)
    assert told["previous_sha256"] == hashlib.sha256(first.document.encode()).hexdigest()
    assert (told["number"], told["version"], told["key_id"]) == (2, 2, key_id_of(key.public_key()))
    [sender] = told["senders"]
    assert sender["valid_from"] == "2026-03-03T00:00:00Z"
    assert sender["valid_to"] is not None
    assert json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == second.document
    for inside in ("rahasia dapur", "alasan dalam", "bocor", BY):
        assert inside not in second.document


async def test_a_publication_past_half_of_its_life_is_renewed(led):
    key = Ed25519PrivateKey.generate()
    await publish(led, key, life=LIFE)
    await led.execute(
        "update official_publication set issued_at = issued_at - interval '4 days',"
        " valid_until = valid_until - interval '4 days'"
    )
    assert (await renewed(led, None, life=LIFE)).number == 1
    assert (await renewed(led, key, life=LIFE)).number == 2


async def test_another_key_signs_anew_and_a_revoked_one_no_more(led):
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    await publish(led, old, life=LIFE)
    await renewed(led, new, life=LIFE)
    assert {one.key_id for one in await public_keys(led)} == {key_id_of(each.public_key()) for each in (old, new)}
    await revoke_key(led, key_id_of(old.public_key()), by=BY, reason="hilang")
    with pytest.raises(NotFound):
        await revoke_key(led, key_id_of(old.public_key()), by=BY, reason="hilang")
    with pytest.raises(SetupError, match="is revoked"):
        await publish(led, old, life=LIFE)
    assert (await newest_publication(led)).number == 2
