"""Wording a notice: what the lint lets pass and what it catches, and one sealed row for each identified case."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.case_rows import CELL, SHUTTER, claim_all, put_case, put_party

from cakra.core.delivery.ladder import read_plan
from cakra.core.delivery.short_text import wording_faults
from cakra.core.errors import SetupError
from cakra.core.paper import paper_date, paper_time
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.core.states.outcome import Step
from cakra.journey.notice.mail import email_wording
from cakra.journey.notice.rules import FIXED_SENTENCES, check_templates, fitted, lint, notice_values, parse_templates
from cakra.journey.notice.step import NoticeDesk
from cakra.journey.notice.writer import Letterhead
from cakra.kit.ids import show_reference
from cakra.kit.seal import Sealer
from cakra.store.cases import write_back
from camera_kit import ROOT_KEY, add_camera
from factories import OWNER
from policy_kit import book_of, packaged

SHIPPED = parse_templates(
    resources.files("cakra.journey.notice").joinpath("templates.toml").read_text(encoding="utf-8")
)
HOST = "etle.polri.example"
ID = next(template for template in SHIPPED if template.language == "id")
SITE = "etle.polri.example"
LADDER = packaged()["ladder"]
LABELS = {"id": {"HELM": "Tidak memakai helm", "SABUK": "Tidak memakai sabuk"}, "en": {"HELM": "No helmet"}}


def saying(words, template=ID):
    """The shipped wording with these words in its middle."""
    head, _, tail = template.body.partition("\n")
    return replace(template, body=f"{head}\n{words}\n{tail}")


# ---------------------------------------------------------------- lint
def test_the_shipped_templates_pass_and_use_what_the_step_gives():
    assert {(template.purpose, template.language) for template in SHIPPED} >= {
        ("confirmation", "id"),
        ("confirmation", "en"),
    }
    check_templates(SHIPPED, [HOST])
    values = values_of()
    for template in SHIPPED:
        assert set(template.variables) <= values.keys()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Buka https://bit.ly/x sekarang", "bit.ly"),
        ("Buka bit.ly/x sekarang", "bit.ly"),
        ("Buka s.id/tlg", "s.id"),
        ("Buka is.gd/tlg", "is.gd"),
        ("Buka etle-polri.site", "etle-polri.site"),
        ("Buka http://etle.polri.example.evil.site/a", "etle.polri.example.evil.site"),
        ("Buka etle.polri.example.evil.site", "etle.polri.example.evil.site"),
        ("Buka https://etle.polri.example@evil.site/", "evil.site"),
        ("Buka www.etle.polri.example", "www.etle.polri.example"),
        ("Buka polri.example", "polri.example"),
        ("Buka xn--etle-pmj.xn--p1ai", "xn--etle-pmj.xn--p1ai"),
        ("Buka 203.0.113.9", "203.0.113.9"),
        ("Buka whatsapp://send?phone=1", "send"),
        ("Tulis ke etle@polri.example", "polri.example"),
        ("Buka ｂｉｔ．ly", "bit.ly"),
        ("Buka evil。site", "evil.site"),
    ],
)
def test_any_other_host_is_named(words, found):
    assert f"names {found}, which is not an official host" in lint(saying(words), [HOST])


@pytest.mark.parametrize(
    "words", [f"Buka {HOST}.", f"Buka https://{HOST}/periksa", "Pukul 08.01, Jl. Rekaan No.1 a.n. pemilik"]
)
def test_the_official_host_and_plain_prose_are_no_strangers(words):
    assert lint(saying(words), [HOST]) == []


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        ("Buka еtle.polri.example", "«е» (U+0435)"),
        ("Ini surat tіlang", "«і» (U+0456)"),
        ("Buka etle.pοlri.example", "«ο» (U+03BF)"),
    ],
)
def test_letters_that_look_like_ours_are_named(words, letter):
    assert any(
        f"contains the letter {letter}, which is not Latin" in problem for problem in lint(saying(words), [HOST])
    )


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u00ad", "\u2060", "\x00"])
def test_characters_that_nobody_sees_are_named(mark):
    assert f"contains the invisible character U+{ord(mark):04X}" in lint(saying(f"ti{mark}lang"), [HOST])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Segera bayar denda", "bayar"),
        ("Anda harus membayar", "membayar"),
        ("Lakukan Pembayaran", "Pembayaran"),
        ("Transfer ke nomor ini", "Transfer"),
        ("Nomor rekening petugas", "rekening"),
        ("Siapkan uang", "uang"),
        ("Sebutkan kode yang Anda terima", "kode"),
        ("Kirim OTP", "OTP"),
        ("Kirim PIN Anda", "PIN"),
        ("Masukkan kata sandi", "sandi"),
        ("Mengunduh berkas", "Mengunduh"),
        ("Pasang berkas ini", "Pasang"),
        ("Instal berkas ini", "Instal"),
        ("Buka aplikasi ini", "aplikasi"),
        ("Berkas APK", "APK"),
        ("Please pay now", "pay"),
        ("Your payment is due", "payment"),
        ("Send the code", "code"),
        ("Download the file", "Download"),
        ("Get the app", "app"),
    ],
)
def test_nothing_asks_for_money_a_code_or_an_app(words, found):
    assert f"says «{found}»: a message never asks for money, a code or an app" in lint(saying(words), [HOST])


@pytest.mark.parametrize("words", ["Ruang tunggu dan peluang", "Happy to help, approach the desk", "Bukan surat denda"])
def test_words_that_only_contain_such_a_word_pass(words):
    assert lint(saying(words), [HOST]) == []


@pytest.mark.parametrize("sentence", FIXED_SENTENCES)
def test_the_fixed_sentences_pass_and_only_as_they_stand(sentence):
    assert lint(saying(sentence), [HOST]) == []
    assert lint(
        saying(
            sentence.replace("tidak pernah", "selalu")
            .replace("never", "always")
            .replace("tanpa", "dengan")
            .replace("no app", "an app")
            .replace("Jangan", "Silakan")
            .replace("Do not pay anything", "Please pay")
        ),
        [HOST],
    )


@pytest.mark.parametrize("words", ["Ini surat tilang", "E-TILANG", "Anda ditilang"])
def test_a_confirmation_is_never_called_tilang(words):
    assert any("a confirmation request is not a tilang" in problem for problem in lint(saying(words), [HOST]))
    assert lint(replace(saying(words), purpose="verdict"), [HOST]) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"body": "{{plat}} terekam."}, "the body may not start or end with a variable"),
        ({"body": "Kendaraan {{plat}}"}, "the body may not start or end with a variable"),
        ({"body": "Kendaraan {{plat}} \n"}, "the body may not start or end with a variable"),
        ({"body": "Kendaraan {{nama}} terekam."}, "has the variable {{nama}}; known are"),
        ({"body": "Kendaraan {{1}} terekam."}, "has the variable {{1}}; known are"),
        ({"body": "Kendaraan {{plat} terekam."}, "has the variable {{; known are"),
        ({"body": "Buka {{plat}}.id/x saja."}, "builds an address from a variable"),
        ({"body": "Buka etle-{{plat}} saja."}, "builds an address from a variable"),
        ({"body": "a" * 1025}, "body has 1025 characters, at most 1024 are allowed"),
        ({"body": " "}, "the body is empty"),
        ({"subject": " "}, "the subject is empty"),
        ({"subject": "a" * 79}, "subject has 79 characters, at most 78 are allowed"),
        ({"subject": "Untuk {{nama}}"}, "has the variable {{nama}}; known are"),
        ({"subject": "Buka evil.site"}, "names evil.site, which is not an official host"),
        ({"footer": "a" * 61}, "footer has 61 characters, at most 60 are allowed"),
        ({"footer": "Untuk {{plat}}"}, "the footer may not have a variable"),
        ({"button": "a" * 26}, "button has 26 characters, at most 25 are allowed"),
        ({"quick_reply": "a" * 26}, "quick reply has 26 characters, at most 25 are allowed"),
    ],
)
def test_the_providers_form_is_kept(changes, problem):
    assert any(said.startswith(problem) for said in lint(replace(ID, **changes), [HOST]))


def test_all_problems_of_all_templates_are_told_at_once():
    with pytest.raises(SetupError) as refused:
        check_templates([saying("bit.ly/x dan OTP"), replace(ID, name="lain", footer="a" * 61)], [HOST])
    for words in ("etle_konfirmasi_v1 (id): says «OTP»", "names bit.ly", "lain (id): footer has 61"):
        assert words in refused.value.sentence


@pytest.mark.parametrize(
    "text", ["", "[[template]]\nname = 'x'", "template = 'x'", "not toml", "[[template]]\nbody = 1"]
)
def test_templates_that_cannot_be_read_are_refused_in_a_sentence(text):
    with pytest.raises(SetupError, match="The notice templates cannot be read"):
        parse_templates(text)


@given(st.text(st.characters(categories=["Ll", "Lu", "Nd", "Zs", "Po", "Sc"]), max_size=60))
def test_the_lint_answers_whatever_it_is_given(words):
    assert all(isinstance(problem, str) and problem for problem in lint(saying(words), [HOST]))


# ---------------------------------------------------------------- values
@pytest.mark.parametrize(
    ("zone", "language", "printed"),
    [
        ("Asia/Jakarta", "id", "1 Mei 2026 00.30 WIB"),
        ("Asia/Makassar", "id", "1 Mei 2026 01.30 WITA"),
        ("Asia/Jayapura", "en", "1 May 2026 02:30 WIT"),
        ("UTC", "en", "30 Apr 2026 17:30 UTC"),
    ],
)
def test_times_are_the_places_own(zone, language, printed):
    assert paper_time(datetime(2026, 4, 30, 17, 30, tzinfo=UTC), zone, language) == printed


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["id", "en"]))
def test_every_day_has_a_short_date(moment, language):
    day, month, year = paper_date(moment.date(), language).split(" ")
    assert (int(day), int(year), len(month)) == (moment.day, moment.year, 3)


def values_of(**changes):
    told = {
        "plate": "B 1234 XYZ",
        "agency": "Polda Metro Jaya",
        "offences": ["Tidak memakai helm", "Tidak memakai sabuk"],
        "occurred_at": SHUTTER,
        "zone": "Asia/Jakarta",
        "place": "A crossing",
        "reference": "01ABC-DEFGH-JKMNP",
        "site": SITE,
        "language": "id",
    }
    return notice_values(**(told | changes))


def test_the_values_of_a_notice():
    assert values_of() == {
        "plat": "B 1234 XYZ",
        "instansi": "Polda Metro Jaya",
        "pelanggaran": "Tidak memakai helm; Tidak memakai sabuk",
        "waktu": "2 Nov 2026 08.00 WIB",
        "lokasi": "A crossing",
        "ref": "01ABC-DEFGH-JKMNP",
        "situs": SITE,
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"body": "Untuk {{plat}}, demikian."}, "tells {{plat}} to somebody whom an answer named"),
        ({"subject": "Pelanggaran {{pelanggaran}}"}, "tells {{pelanggaran}} to somebody"),
        ({"picture": True}, "shows the photograph to somebody"),
    ],
)
def test_what_is_the_owners_is_not_told_to_a_named_person(changes, problem):
    named = next(one for one in parse_templates(packaged()["templates"]) if one.named)
    assert lint(named, [SITE]) == []
    assert any(said.startswith(problem) for said in lint(replace(named, **changes), [SITE]))


def test_what_a_named_person_is_told_has_both_languages():
    told = {(one.purpose, one.language) for one in parse_templates(packaged()["templates"]) if one.named}
    assert told == {
        (purpose, language)
        for purpose in ("confirmation", "reminder", "withdrawal", "reference")
        for language in ("id", "en")
    }


# ---------------------------------------------------------------- the step
def desk_on(pool, *, templates=None, language="id", channels=(Channel.WHATSAPP,), ladder=LADDER, stamped=False):
    sealers = Sealer(ROOT_KEY, "addressee"), Sealer(ROOT_KEY, "notice")
    ways = (f"https://{SITE}/k/", book_of(ladder=ladder, templates=templates or packaged()["templates"]), channels)
    return NoticeDesk(pool, Letterhead(*sealers, LABELS, SITE, *ways, language, stamped))


async def identified(pool, *, picture=None, **owner):
    """An identified case, its owner sealed in it, and perhaps a picture derived earlier."""
    if not await pool.fetchval("select exists(select from camera)"):
        await add_camera(pool)
    key = await put_case(pool, state=State.IDENTIFIED, step=Step.NOTICE)
    sealed = Sealer(ROOT_KEY, "addressee").seal_record(OWNER | owner, key[1].to_bytes(8))
    await pool.execute("update case_file set offences = '{HELM,SABUK}' where case_id = $1", key[1])
    await put_party(pool, key, contact=sealed)
    if picture:
        await pool.execute(
            "insert into derived_picture values ($1, $2, 'notice', $3, $3, 'test', now())", *key, picture
        )
    return key


async def run(pool, desk):
    """One claim through the step, written as the lane writes it."""
    cases = await claim_all(pool)
    at = datetime.now(UTC)
    outcomes = await desk.run(cases, at)
    async with pool.acquire() as connection, connection.transaction():
        await write_back(connection, cases, [[outcome] for outcome in outcomes], at)
    return cases


async def notice_of(pool, key):
    return await pool.fetchrow("select * from notice where case_id = $1", key[1])


def opened(notice):
    return Sealer(ROOT_KEY, "notice").open_record(notice["content"], notice["notice_id"].to_bytes(8))


async def test_an_identified_case_gets_one_sealed_notice(pool):
    key = await identified(pool)
    (case,) = await run(pool, desk_on(pool))
    notice = await notice_of(pool, key)
    assert (notice["cell"], notice["purpose"], notice["language"]) == (CELL, "confirmation", "id")
    assert (notice["state"], notice["step"], notice["attempts"], notice["channel"]) == (
        "queued",
        "dispatch",
        0,
        "whatsapp",
    )
    assert notice["shutter_at"] == SHUTTER
    reference = show_reference(case.reference)
    assert opened(notice) == {
        "recipient": OWNER["phone"],
        "link_suffix": case.reference,
        "variables": dict(values_of(reference=reference)),
    }
    row = await pool.fetchrow("select state, step, due_at from case_file where case_id = $1", key[1])
    assert (row["state"], row["step"], row["due_at"]) == ("notifying", None, None)
    told = await pool.fetchrow("select told, details from case_event where case_id = $1", key[1])
    assert (told["told"], json.loads(told["details"])) == (
        "notice_queued",
        {"purpose": "confirmation", "language": "id"},
    )


async def test_nothing_personal_is_in_clear_anywhere(pool, database_url):
    await identified(pool)
    await run(pool, desk_on(pool))
    tables = await pool.fetch("select table_name from information_schema.tables where table_schema = 'public'")
    whole = ""
    for table in tables:
        for row in await pool.fetch(f"select t::text as line from {table['table_name']} t"):
            whole += row["line"]
    assert "notifying" in whole, "the tables were read"
    for secret in (OWNER["name"], OWNER["phone"], OWNER["address"]):
        assert secret not in whole
        assert secret.encode().hex() not in whole


async def test_a_notice_moved_to_another_row_does_not_open(pool):
    first, second = await identified(pool), await identified(pool)
    await run(pool, desk_on(pool))
    contents = {key: (await notice_of(pool, key))["content"] for key in (first, second)}
    await pool.execute("update notice set content = $2 where case_id = $1", second[1], contents[first])
    with pytest.raises(Exception, match="does not open"):
        opened(await notice_of(pool, second))


async def test_with_a_picture_the_template_with_a_header_is_used(pool):
    digest = bytes(range(32))
    shown, plain = await identified(pool, picture=digest), await identified(pool)
    await run(pool, desk_on(pool))
    with_picture, without = await notice_of(pool, shown), await notice_of(pool, plain)
    assert (with_picture["template"], with_picture["picture"]) == (ID.name, digest)
    assert (without["template"], without["picture"]) == (f"{ID.name}_teks", None)


async def test_another_language_has_its_own_words(pool):
    key = await identified(pool)
    await run(pool, desk_on(pool, language="en"))
    variables = opened(await notice_of(pool, key))["variables"]
    assert (variables["waktu"], variables["pelanggaran"]) == ("2 Nov 2026 08:00 WIB", "No helmet; SABUK")


async def test_only_the_variables_of_the_template_are_sent(pool):
    key = await identified(pool)
    short = packaged()["templates"].replace(ID.body, "Kendaraan {{plat}}, nomor {{ref}}. Terima kasih.")
    await run(pool, desk_on(pool, templates=short))
    assert opened(await notice_of(pool, key))["variables"].keys() == {"plat", "ref"}


# ---------------------------------------------------------------- the ladder
EMAIL = "siti@pemilik.example"
ALL = frozenset(Channel)


async def test_a_notice_keeps_the_rungs_that_reach_its_owner_on_channels_in_use(pool):
    whole = await identified(pool, email=EMAIL)
    no_email = await identified(pool)
    by_mail_alone = await identified(pool, phone=None, email=EMAIL)
    await run(pool, desk_on(pool, channels={Channel.WHATSAPP, Channel.EMAIL}))
    found = [await notice_of(pool, key) for key in (whole, no_email, by_mail_alone)]
    assert [[rung.channel.value for rung in read_plan(one["plan"])] for one in found] == [
        ["whatsapp", "email"],
        ["whatsapp"],
        ["email"],
    ]
    assert [one["channel"] for one in found] == ["whatsapp", "whatsapp", "email"]
    assert [set(opened(one)) - {"recipient", "link_suffix", "variables"} for one in found] == [
        {"email"},
        set(),
        {"email"},
    ]
    assert {one["jurisdiction"] for one in found} == {"PMJ"}


async def test_an_owner_whom_no_channel_in_use_reaches_is_an_officers(pool):
    key = await identified(pool, phone=None, email=EMAIL)
    await run(pool, desk_on(pool))
    row = await pool.fetchrow("select state, step from case_file where case_id = $1", key[1])
    assert (row["state"], row["step"], await notice_of(pool, key)) == ("review", None, None)


async def test_the_email_says_the_same_words_with_its_own_address_and_the_picture(pool):
    key = await identified(pool, picture=bytes(32), email=EMAIL)
    (case,) = await run(pool, desk_on(pool, channels=ALL, stamped=True))
    told = opened(await notice_of(pool, key))["email"]
    reference, link = show_reference(case.reference), f"https://{SITE}/k/{case.reference}"
    assert told["recipient"] == EMAIL
    assert told["subject"] == f"CONTOH. Permintaan konfirmasi ETLE, nomor referensi {reference}"
    said = ID.body
    for name, value in values_of(reference=reference).items():
        said = said.replace("{{" + name + "}}", value)
    assert told["text"] == f"CONTOH. {said}\n\n{ID.button}: {link}\n\n{ID.footer}\n"
    plain = unescape(re.sub(r"<[^>]+>", "", told["html"]))
    for line in said.split("\n"):
        assert line in plain
    assert "CONTOH" in plain
    assert re.findall(r'(?:src|href)="([^"]*)"', told["html"]) == ["cid:picture", link], "nothing else is fetched"


async def test_without_a_picture_or_a_demo_the_email_shows_neither(pool):
    key = await identified(pool, email=EMAIL)
    await run(pool, desk_on(pool, channels=ALL))
    told = opened(await notice_of(pool, key))["email"]
    assert "cid:" not in told["html"]
    assert "CONTOH" not in told["html"] + told["text"] + told["subject"]


def test_what_a_case_says_is_never_markup():
    values = values_of(place='<script>alert("x")</script> & Co')
    told = email_wording(ID, values, f"https://{SITE}/k/X", with_picture=False, stamped=False)
    assert "<script>" not in told["html"]
    assert values["lokasi"] in told["text"]


@pytest.mark.parametrize(
    ("address", "lines", "postcode"),
    [
        ("Jl. Rekaan No. 1, Jakarta Pusat 10110", ["Jl. Rekaan No. 1", "Jakarta Pusat"], "10110"),
        ("Jl. Rekaan No. 1, Jakarta", ["Jl. Rekaan No. 1", "Jakarta"], ""),
    ],
)
async def test_a_letter_has_its_address_in_lines(pool, address, lines, postcode):
    key = await identified(pool, address=address)
    await run(pool, desk_on(pool, channels=ALL))
    letter = opened(await notice_of(pool, key))["letter"]
    assert letter["variables"].keys() == values_of().keys()
    assert letter | {"variables": 0} == {"name": OWNER["name"], "lines": lines, "postcode": postcode, "variables": 0}


async def test_quiet_hours_delay_the_first_rung(pool):
    key = await identified(pool)
    quiet = LADDER.replace("hand_over_s = 30\n", 'hand_over_s = 30\nquiet = ["00:00", "23:59:59"]\n', 1)
    await run(pool, desk_on(pool, ladder=quiet))
    due = (await notice_of(pool, key))["due_at"].astimezone(ZoneInfo("Asia/Jakarta"))
    assert (due.hour, due.minute, due.second) == (23, 59, 59)


SMS_LADDER = """
[[ladder]]
jurisdiction = "*"
purpose = "*"
offence = "*"
effective_from = 2026-01-01
source = "a written decision"
[[ladder.rung]]
channel = "sms"
wait_for = "delivered"
within_s = 3600
"""


async def test_an_sms_is_worded_without_a_link_where_a_directorates_ladder_has_one(pool):
    key = await identified(pool)
    (case,) = await run(pool, desk_on(pool, channels={Channel.SMS}, ladder=SMS_LADDER, stamped=True))
    notice = await notice_of(pool, key)
    assert notice["channel"] == "sms"
    said = opened(notice)["sms"]
    assert said["recipient"] == OWNER["phone"]
    assert wording_faults(said["text"], "ETLE") == []
    assert said["text"].startswith("CONTOH. ")
    assert show_reference(case.reference) in said["text"]
    assert SITE not in said["text"]


def test_a_long_place_is_shortened_so_that_the_provider_takes_the_message():
    body = "{{plat}} {{lokasi}} {{ref}} " + "x" * 800
    values = {"plat": "B 1234 ZZZ", "lokasi": "Jl. " + "Panjang " * 60, "ref": "01ABC-DEFGH-JKMN9"}
    taken = fitted(body, values)
    assert len(body.replace("{{plat}}", taken["plat"]).replace("{{lokasi}}", taken["lokasi"])) <= 1024
    assert (taken["plat"], taken["ref"], taken["lokasi"][-1]) == (values["plat"], values["ref"], "…")
    assert fitted(body, values | {"lokasi": "Jl. A"}) == values | {"lokasi": "Jl. A"}


def test_a_value_of_two_lines_or_with_turned_letters_stands_on_one():
    said = notice_values(
        plate="B 1", agency="A\nB", offences=["x\ty"], occurred_at=datetime(2026, 11, 2, tzinfo=UTC),
        zone="Asia/Jakarta", place="Jl.\r\n\u202eA\x00", reference="r", site="s", language="id",
    )  # fmt: skip
    assert (said["instansi"], said["pelanggaran"], said["lokasi"]) == ("A B", "x y", "Jl. A")
