"""The portal says which number wrote to the owner, and which numbers are official now."""

from datetime import UTC, datetime, timedelta

from official_kit import make_official
from portal_kit import notified_case

NUMBER, LATER = "+62 812-3000-4000", "+62 812-3000-5000"


async def test_a_genuine_notice_names_the_number_it_came_from(pool, browser):
    case = await notified_case(pool)
    await pool.execute("update attempt set sender = $1", NUMBER)
    seen = await browser.check(case)
    assert f"dari {NUMBER}, ke nomor berakhiran 9012" in seen.text
    assert 'href="/pengirim-resmi"' in seen.text
    assert f"from {NUMBER}, to the number ending in 9012" in (await browser.get("/kasus?bahasa=en")).text


async def test_the_first_page_names_the_numbers_in_force_and_no_other(pool, browser):
    await make_official(pool, "whatsapp", NUMBER)
    await make_official(pool, "whatsapp", LATER, valid_from=datetime.now(UTC) + timedelta(days=1))
    text = (await browser.get("/")).text.replace("\u00a0", " ")
    assert f"nomor WhatsApp resmi {NUMBER}." in text
    assert LATER not in text
    assert 'href="/pengirim-resmi"' in text
