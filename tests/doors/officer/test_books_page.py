"""What delivery costs, as the house sees it: sums, plot and table say the same, and nothing is hidden from who asks."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.tariff import MICRO
from cakra.delivery.costs.books import Books, ChannelBooks, Spent
from cakra.delivery.costs.rules import Forecast, month_of
from cakra.doors.officer.books.plot import HEIGHT, LEFT, WIDTH, plot_of
from console_kit import HASHED, browser, sign_in
from officers import put_officer


def this_month():
    """Asked when it is needed: a run may begin in one month and end in the next."""
    return month_of(datetime.now(UTC))


async def spend(pool, channel, messages, rupiah, *, jurisdiction="PMJ", kind="case"):
    await pool.execute(
        "insert into spending values ($1, $2, $3, '+62 800', $4, $5, $6)",
        jurisdiction,
        this_month(),
        channel,
        kind,
        messages,
        rupiah * MICRO,
    )


@pytest.fixture
async def month(pool, house):
    await spend(pool, "whatsapp", 100, 33000)
    await spend(pool, "letter", 2, 17000)
    await spend(pool, "whatsapp", 3, 990, jurisdiction="", kind="canary")
    await pool.execute(
        "insert into budget values (1, 'whatsapp', $1, 30000, 'hold', 'sari', now(), 'test')", this_month()
    )


async def test_the_page_shows_sums_budget_plot_and_table(month, rina):
    page = (await rina.get("/petugas/biaya")).text
    for told in ("Rp33.990", "Rp17.000", "Rp50.990", "persen dari anggaran Rp30.000", "anggaran habis", "<svg", "PMJ"):
        assert told in page, told
    assert "style=" not in page
    assert "<script" not in page
    rina.cookies.set("bahasa", "en")
    assert "Cost of delivery" in (await rina.get("/petugas/biaya")).text


async def test_an_office_sees_what_was_spent_for_it_and_no_budget_of_the_nation(month, house, pool):
    await spend(pool, "whatsapp", 7, 2310, jurisdiction="PJT")
    await pool.execute("insert into jurisdiction values ('PJT', 'Polda Lain', 'Asia/Jakarta', 400, 1)")
    await put_officer(pool, "sana", "treasurer", hashed=HASHED, jurisdiction="PJT")
    async with browser(house) as client:
        await sign_in(client, "sana")
        assert (await client.get("/petugas")).headers["location"] == "/petugas/biaya"
        page = (await client.get("/petugas/biaya")).text
    assert "Rp2.310" in page
    for hidden in ("Rp33.990", "Rp17.000", "persen dari anggaran", "PMJ"):
        assert hidden not in page, hidden


async def test_another_month_and_a_wrong_one(month, rina):
    empty = (await rina.get("/petugas/biaya?bulan=2026-01")).text
    assert "Belum ada pesan di bulan ini." in empty
    assert "Rp33.990" in (await rina.get("/petugas/biaya?bulan=xyz")).text


async def test_a_stranger_is_sent_to_the_door(house):
    async with browser(house) as stranger:
        assert (await stranger.get("/petugas/biaya")).status_code == 303


async def test_canaries_are_shown_with_those_that_were_silent(month, pool, rina):
    await pool.execute(
        "insert into canary (canary_id, channel, sender, at, state, code, alarmed_at)"
        " values (1, 'whatsapp', '+62 800', now(), 'refused', '131026', now())"
    )
    page = (await rina.get("/petugas/biaya")).text
    assert re.search(r'tag--bad">Ditolak penyedia</span> <span class="muted">131026', page)


@pytest.mark.parametrize("typed", ["0001-01", "9999-12", "2026-13", "%00", "x"])
async def test_a_month_that_is_none_shows_this_one(month, rina, typed):
    this = (await rina.get("/petugas/biaya")).text
    answer = await rina.get(f"/petugas/biaya?bulan={typed}")
    assert answer.status_code == 200
    assert re.findall(r"<h\d.*", answer.text) == re.findall(r"<h\d.*", this)


async def test_the_menu_leads_there(month, house):
    async with browser(house) as sari:
        await sign_in(sari, "sari")
        assert 'href="/petugas/biaya" aria-current="page"' in (await sari.get("/petugas/biaya")).text


AMOUNTS = st.dictionaries(st.integers(1, 30), st.integers(0, 10**13), max_size=30)


@given(AMOUNTS, AMOUNTS)
def test_no_bar_leaves_the_picture_and_heights_are_in_proportion(one, other):
    month = date(2026, 11, 1)
    channels = [
        ChannelBooks(
            name, Spent(), Spent(), {}, {}, {month.replace(day=day): Spent(1, micro) for day, micro in told.items()},
            Forecast(None, None, 0), None, (), held=False, tariff=None,
        )
        for name, told in (("whatsapp", one), ("letter", other))
    ]  # fmt: skip
    plot = plot_of(Books(month, datetime(2026, 11, 30, tzinfo=UTC), tuple(channels)))
    for bar in plot.bars:
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH
        assert bar.height >= 0
    assert [amount for _, amount in plot.amounts] == sorted(amount for _, amount in plot.amounts)
