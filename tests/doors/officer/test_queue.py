"""The queue: oldest first, filtered, paged, and never one case for two officers."""

import asyncio
import re
from datetime import timedelta

import pytest

from console_kit import browser, decide, looks, sign_in, visit
from factories import make_case


async def test_the_queue_shows_the_oldest_first_with_its_doubt(rina, pool):
    newer = await make_case(pool, plate="B2222BB", age=timedelta(minutes=3))
    older = await make_case(pool, plate="B1111AA", age=timedelta(hours=5))
    page, _ = await visit(rina, "/petugas/antrean")
    assert page.text.index("B 1111 AA") < page.text.index("B 2222 BB")
    assert "Foto belum memastikan" in page.text
    assert "5 jam" in page.text
    assert ("queue_list", "desk") in await looks(pool, newer)
    assert ("queue_list", "desk") in await looks(pool, older)


async def test_the_queue_is_filtered_by_state_and_offence(rina, pool):
    await make_case(pool, plate="B1111AA", state="unidentified", told="owner_not_found")
    await make_case(pool, plate="B2222BB", offences=("LAMPU_MERAH",))
    page, _ = await visit(rina, "/petugas/antrean?keadaan=unidentified")
    assert "B 1111 AA" in page.text
    assert "B 2222 BB" not in page.text
    page, _ = await visit(rina, "/petugas/antrean?pelanggaran=LAMPU_MERAH")
    assert "B 2222 BB" in page.text
    assert "B 1111 AA" not in page.text


async def test_every_case_is_on_exactly_one_page(rina, pool):
    made = [await make_case(pool, plate=f"B{number}ZZ", age=timedelta(minutes=number)) for number in range(1, 31)]
    seen, path = [], "/petugas/antrean"
    while path:
        page, _ = await visit(rina, path)
        seen += re.findall(r'class="row" href="/petugas/tinjau/(\w+)"', page.text)
        following = re.search(r'href="(/petugas/antrean\?sesudah=[^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else None
    assert seen == [one.reference for one in reversed(made)]


async def test_two_officers_taking_the_next_get_two_cases(house, rina, pool):
    cases = {(await make_case(pool)).reference for _ in range(2)}
    async with browser(house, "10.0.0.2") as budi:
        await sign_in(budi, "budi")
        forms = [(await visit(client, "/petugas"))[1] for client in (rina, budi)]
        answers = await asyncio.gather(
            *(
                client.post("/petugas/antrean/berikutnya", data=form)
                for client, form in zip((rina, budi), forms, strict=True)
            )
        )
        assert {answer.headers["location"].rpartition("/")[2] for answer in answers} == cases
        third = await rina.post("/petugas/antrean/berikutnya", data=forms[0])
        assert third.headers["location"].rpartition("/")[2] in cases  # her own again, never another's


async def test_an_empty_queue_says_so(rina):
    _, fields = await visit(rina, "/petugas")
    answer = await rina.post("/petugas/antrean/berikutnya", data=fields)
    page = await rina.get(answer.headers["location"])
    assert "Tidak ada berkas bebas" in page.text


@pytest.mark.parametrize(
    "mark",
    [
        "2026-11-21T01:00:00+00:00_" + "9" * 30,
        "0001-01-01T00:00:00+23:59_1",
        "2026-11-21T01:00:00+00:00_" + "9" * 5000,
        "_",
        "\x00_1",
    ],
)
async def test_a_place_in_the_queue_that_is_none_is_its_beginning(rina, pool, mark):
    made = await make_case(pool)
    page = await rina.get("/petugas/antrean", params={"sesudah": mark, "keadaan": "\x00", "pelanggaran": "'"})
    assert page.status_code == 200
    assert made.reference in page.text


@pytest.mark.parametrize("version", ["9" * 5000, "-1", "٣", ""])
async def test_a_version_that_is_none_decides_nothing(rina, pool, version):
    made = await make_case(pool)
    refused = await decide(rina, made, "reject", "duplicate", versi=version)
    assert refused.status_code == 409


async def test_what_an_officer_decides_next_counts_as_the_officers_turn(rina, pool):
    await make_case(pool, state="answered", told="needs_certified_officer")
    page, _ = await visit(rina, "/petugas")
    assert "Giliran petugas" in page.text
    assert "Giliran sistem" not in page.text
