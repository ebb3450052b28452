"""The timeline in the console: masked, noted, and the provider's own words only for who may and says why."""

import html

import pytest

from cakra.kit.seal import Sealer
from camera_kit import ROOT_KEY
from console_kit import browser, looks, sign_in, visit
from factories import OWNER, make_case

RAW = b'{"error": {"code": 131026, "message": "Message undeliverable"}, "to": "+6281234567890"}'


@pytest.fixture
async def made(pool):
    made = await make_case(pool, state="undeliverable", notice="failed", told="channel_failed")
    sealed = Sealer(ROOT_KEY, "provider").seal(RAW, made.notice_id.to_bytes(8))
    await pool.execute("update attempt set raw = $1, code = '131026', answered_at = intended_at", sealed)
    return made


def path(made):
    return f"/petugas/berkas/{made.reference}/linimasa"


def asked(made, reason):
    return {"pesan": str(made.notice_id), "saluran": "whatsapp", "percobaan": "1", "keperluan": reason}


async def test_it_tells_what_happened_without_the_contact(house, rina, pool, made):
    page = html.unescape((await rina.get(path(made))).text)
    assert "Berhenti: WhatsApp gagal (131026) dan tidak ada jalan lain; petugas yang berikutnya." in page
    assert "kepada …7890" in page
    assert OWNER["phone"] not in page
    assert "UTC)" in page
    assert "Buka jawaban penyedia" not in page
    assert ("case_timeline", "timeline") in await looks(pool, made)
    assert path(made) in (await rina.get(f"/petugas/berkas/{made.reference}")).text


async def test_a_reviewer_does_not_open_the_answer(rina, pool, made):
    _, fields = await visit(rina, path(made))
    refused = await rina.post(path(made), data=fields | asked(made, "ingin tahu"))
    assert refused.status_code == 403
    assert "undeliverable" not in refused.text
    assert ("provider_answer", "ingin tahu") not in await looks(pool, made)


async def test_a_supervisor_opens_it_with_a_reason_that_is_noted(house, pool, made):
    async with browser(house) as sari:
        await sign_in(sari, "sari")
        _, fields = await visit(sari, path(made))
        without = await sari.post(path(made), data=fields | asked(made, " "))
        assert without.status_code == 400
        assert "Message undeliverable" not in without.text
        shown = await sari.post(path(made), data=fields | asked(made, "permintaan hakim"))
        assert "Message undeliverable" in shown.text
        assert ("provider_answer", "permintaan hakim") in await looks(pool, made, "sari")
        other = await make_case(pool, state="undeliverable", notice="failed")
        strange = await sari.post(path(other), data=fields | asked(made, "permintaan hakim"))
        assert strange.status_code == 404
        wrong = await sari.post(path(made), data=fields | asked(made, "x") | {"pesan": "9" * 40})
        assert wrong.status_code == 404


@pytest.mark.parametrize("reference", ["X", "01ABCDEFGHJKMNP", "%00"])
async def test_unknown_references_are_not_found(rina, reference):
    assert (await rina.get(f"/petugas/berkas/{reference}/linimasa")).status_code == 404


async def test_it_reads_in_english_too(rina, made):
    rina.cookies.set("bahasa", "en")
    page = (await rina.get(path(made))).text
    assert "Where each notice stands, and why" in page
    assert "Stopped: WhatsApp failed (131026) and there is no other way; an officer is next." in page
