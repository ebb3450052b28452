"""The whole way as an owner goes it: a camera's event, the message on the phone, its link, the answer, the code."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import sync_playwright

import clock
from browser_kit import chromium_program
from cakra.journey.payment import is_code
from cakra.kit.clock import now
from cakra.sandbox.cameras.passage import WIB, DrawnPassage
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.cameras.sites import site_for
from officers import officer_sql
from system import running_system, until

pytestmark = pytest.mark.xdist_group("message to code")
PHONE = {"width": 360, "height": 740}
OFFENCE = "LAMPU_MERAH"


@pytest.fixture(scope="module")
def system():
    chromium_program()
    # Minutes before a year ends, so that every day it goes by a date that is not the one of the walk's beginning.
    at = datetime.fromisoformat(clock.HOURS["a month's end"])
    with clock.moved(at), running_system(CAKRA_INTAKE__HOLD_S="0") as running:
        running.fetch(officer_sql("contoh", "supervisor", name="Petugas Contoh", rank="Ipda", certified=True))
        running.fetch(
            "insert into standing_authorisation"
            " (authorisation_id, officer, jurisdiction, offences, valid_from, document)"
            " select 1, 'contoh', code, array[$1::text], now() - interval '1 day', 'CONTOH/1' from jurisdiction",
            OFFENCE,
        )
        yield running


def photographed(system, sample):
    """One event of this vehicle at a red light, just now."""
    site = site_for(OFFENCE)
    passage = DrawnPassage(
        event_id=f"walk-{sample.plate}",
        camera=site.code,
        offence=OFFENCE,
        at=now().astimezone(WIB),
        plate=sample.plate,
        claim=sample.plate,
        expect="ordinary",
        road=site.road,
        place=site.place,
        vehicle="car",
        plate_colour=sample.plate_colour.value,
        view=site.view,
        red_light_s=1.4,
    )
    assert system.post(passage, [render(passage, frame, passage.seed) for frame in range(2)]).status == 201


def cars(system):
    """Cars whose plate has no look-alike letters, so that the machine decides by itself."""
    fitting = [
        sample
        for sample in system.register.samples
        if sample.kind.value == "car"
        and sample.has_phone
        and not sample.sold_on
        and not set("IOQD") & set(sample.plate)
    ]
    return iter(fitting)


@pytest.fixture(scope="module")
def notified(system):
    """A sample vehicle for each walk whose owner holds a message."""
    wanted, found = cars(system), []
    while len(found) < 2:
        sample = next(wanted)
        photographed(system, sample)
        until(
            lambda plate=sample.plate: (
                system.value("select state from case_file where plate = $1", plate)
                in {"notified", "review", "rejected"}
            ),
            60,
            "a decided case",
        )
        if system.value("select state from case_file where plate = $1", sample.plate) == "notified":
            found.append(sample)
    return found


@pytest.mark.parametrize(
    ("place", "javascript"), [(0, True), (1, False)], ids=["with JavaScript", "without JavaScript"]
)
def test_an_owner_goes_from_the_message_on_the_phone_to_the_deposit_code(
    system, notified, chromium_address, place, javascript
):
    owner = notified[place]
    phone = system.environment["CAKRA_WHATSAPP__BASE_URL"] + f"/phone/{owner.phone.removeprefix('+')}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(chromium_address)
        page = browser.new_context(viewport=PHONE, java_script_enabled=javascript, locale="id-ID").new_page()
        page.goto(phone)
        assert "CONTOH" in page.inner_text("body")
        link = page.get_by_role("link", name="Lihat dan konfirmasi").get_attribute("href")
        assert link.startswith(f"{system.url}/k/")
        page.goto(link)
        page.get_by_label("Nomor polisi").fill(owner.plate.lower())
        page.locator("main .button").first.click()
        page.get_by_role("link", name="Lanjut").click()
        page.get_by_label("Lima terakhir").fill(owner.chassis_last5)
        page.locator("main .button").first.click()
        page.get_by_label("Saya sendiri").check()
        page.locator("main .button").first.click()
        page.get_by_role("button", name="Kirim jawaban").click()
        shown = re.sub(r"\s", "", page.locator(".ticket .code").inner_text())
        browser.close()
    assert is_code(shown)
    assert shown == system.value(
        "select d.code from deposit_code d join case_file c using (cell, case_id) where c.plate = $1", owner.plate
    )
    assert system.value("select state from case_file where plate = $1", owner.plate) == "charged"
