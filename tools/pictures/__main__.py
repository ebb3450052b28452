"""Make the pictures of the four notices and of the mask from the product itself: `python tools/pictures [FOLDER]`.

A synthetic photograph is masked as any other, worded by the real templates, sent to the simulated phone, set as an
e-mail and as a letter, and photographed by Chromium and pdftoppm. Every notice says CONTOH.

Not made here: console.png, phone.png and portal.png are screenshots of a running `cakra demo`, taken by hand, and
drawn_plates.webp is a sheet of samples from `cakra.plates.training`, laid out by hand.
"""

import asyncio
import base64
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pages import sms_page
from PIL import Image
from playwright.async_api import Browser, async_playwright

from cakra.core.geometry import Box
from cakra.core.law.vehicle import VehicleKind
from cakra.core.ports import Message, Picture, PostalAddress
from cakra.evidence.derive import notice_picture
from cakra.evidence.mask import View, masked, plan_masking
from cakra.evidence.picture import Photograph, decode
from cakra.journey.notice.mail import email_wording
from cakra.journey.notice.rules import Template, notice_values, parse_templates
from cakra.journey.notice.sms import sms_text
from cakra.kit.ids import show_reference
from cakra.kit.resources import read_package_text
from cakra.outside.letter import LetterPress
from cakra.outside.whatsapp import TemplateDefinition, WhatsAppAccount, WhatsAppSender, register_templates
from cakra.sandbox.cameras.passage import DrawnPassage
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.whatsapp import SandboxWhatsAppSettings, serve

ROOT = Path(__file__).resolve().parents[2]
SITE, PHONE, REFERENCE = "etle.contoh.example", "6281100000042", "024WBPHZ610FAHR"
AT = datetime(2026, 11, 21, 1, 1, tzinfo=UTC)
TOKEN = secrets.token_hex(8)
OFFENCE, ARTICLE = "Melanggar marka dan rambu jalan", "Pasal 287 ayat (1) jo. Pasal 106 ayat (4) huruf a"
WIDE, NARROW, TALL, SHORT = (
    {"width": wide, "height": tall} for wide, tall in ((1000, 900), (390, 844), (390, 1240), (390, 290))
)


def drawn_car() -> tuple[Photograph, Box, Box]:
    """A car that does not exist: its photograph, its plate and itself in it."""
    passage = DrawnPassage("CONTOH-1", "CONTOH", "MARKA_RAMBU", AT, "B 2671 TFM", "B2671TFM", "-", colour="blue")
    frame = render(passage, 0, passage.seed)
    return decode(frame.jpeg), Box(*frame.plate_box), Box(*frame.vehicle_box)


def masked_photograph() -> Picture:
    """What its owner is shown of it."""
    made = notice_picture(*drawn_car(), stamp="CONTOH")
    return Picture(made.sha256, made.data)


def show_mask(folder: Path) -> None:
    """mask.png: the car before and after, side by side at three quarters of its size."""
    photograph, plate, vehicle = drawn_car()
    masking = plan_masking(photograph.pixels.size, plate, vehicle, VehicleKind.CAR, View.FRONT)
    part = masking.extent
    before = photograph.pixels.crop((part.x1, part.y1, part.x2, part.y2))
    both = Image.new("RGB", (2 * before.width + before.width // 32, before.height), "white")
    both.paste(before, (0, 0))
    both.paste(masked(photograph.pixels, masking), (both.width - before.width, 0))
    both.resize((both.width * 3 // 4, both.height * 3 // 4), Image.Resampling.LANCZOS).save(folder / "mask.png")


def the_template() -> Template:
    """The Indonesian confirmation."""
    templates = parse_templates(read_package_text("cakra.journey.notice", "templates.toml"))
    return next(one for one in templates if (one.purpose, one.language) == ("confirmation", "id"))


def the_values() -> Mapping[str, str]:
    """Of an invented case."""
    return notice_values(
        plate="B 2671 TFM",
        agency="Ditlantas Polda Contoh",
        offences=[OFFENCE],
        occurred_at=AT,
        zone="Asia/Jakarta",
        place="Jl. Gatot Subroto, Jakarta",
        reference=show_reference(REFERENCE),
        site=SITE,
        language="id",
    )


def the_message(picture: Picture, template: Template, values: Mapping[str, str]) -> Message:
    """For the phone and for the letter."""
    postal = PostalAddress("Irfan Maharani", ("Jl. Contoh Bougenville No. 92 RT 010/RW 001", "Jakarta Utara"), "14240")
    name = template.registered_name(with_picture=True)
    return Message("n:1:1:1", f"+{PHONE}", name, "id", values, REFERENCE, picture, postal=postal)


def set_letter(message: Message, folder: Path) -> None:
    """letter.png and letter_page2.png."""
    press = LetterPress(articles={OFFENCE: ARTICLE}, demo=True, signed=True)
    pdf = folder / "letter.pdf"
    pdf.write_bytes(press.set_letter(message, AT).pdf)
    press.close()
    subprocess.run([shutil.which("pdftoppm") or "pdftoppm", "-r", "110", "-png", pdf, folder / "letter"], check=True)
    pdf.unlink()
    (folder / "letter-1.png").replace(folder / "letter.png")
    (folder / "letter-2.png").replace(folder / "letter_page2.png")


async def show_phone(browser: Browser, message: Message, template: Template, folder: Path) -> None:
    """notice_whatsapp.png: the message as the simulated phone shows it."""
    with tempfile.TemporaryDirectory() as temporary:
        told = SandboxWhatsAppSettings(0, "unused", TOKEN, None, Path(temporary, "log.jsonl"))
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(told, stop=stop, ready=ready))
        url = f"http://127.0.0.1:{await ready}"
        account = WhatsAppAccount(
            base_url=url,
            api_version="v25.0",
            phone_number_id="100000000000002",
            access_token=TOKEN,
            display_number="+62 811-0000-0000",
            timeout_s=10.0,
            max_connections=2,
            business_account_id="100000000000001",
        )
        definition = TemplateDefinition(
            name=message.template,
            language="id",
            body="CONTOH. " + template.body,
            footer=template.footer,
            header="IMAGE",
            button_text=template.button,
            button_url=f"https://{SITE}/k/{{{{1}}}}",
            quick_reply=template.quick_reply,
            examples=dict.fromkeys(template.variables, "CONTOH"),
        )
        await register_templates(account, [definition])
        async with WhatsAppSender(account) as sender:
            result = await sender.send(message)
            assert result.provider_id, result
        await photograph(browser, f"{url}/phone/{PHONE}", TALL, folder / "notice_whatsapp.png")
        stop.set()
        await serving


async def photograph(browser: Browser, url: str, size: Mapping[str, int], file: Path, *, dark: bool = False) -> None:
    """The whole page, at twice the resolution on a phone's width."""
    page = await browser.new_page(
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=1 if size is WIDE else 2,
        color_scheme="dark" if dark else "light",
    )
    await page.goto(url)
    await page.screenshot(path=file, full_page=True)
    await page.close()


def write_mail(picture: Picture, folder: Path) -> str:
    """The address of the e-mail as a page."""
    told = email_wording(the_template(), the_values(), f"https://{SITE}/k/{REFERENCE}", with_picture=True, stamped=True)
    inline = "data:image/jpeg;base64," + base64.b64encode(picture.jpeg).decode()
    file = folder / "mail.html"
    file.write_text(told["html"].replace("cid:picture", inline), encoding="utf-8")
    return file.as_uri()


def write_sms(folder: Path) -> str:
    """The address of the SMS as a phone's page."""
    file = folder / "sms.html"
    file.write_text(sms_page(sms_text("confirmation", "id", the_values(), stamped=True)), encoding="utf-8")
    return file.as_uri()


async def show_pages(browser: Browser, mail: str, sms: str, folder: Path) -> None:
    """notice_email*.png: at a desk, on a phone, in the dark; notice_sms.png."""
    await photograph(browser, mail, WIDE, folder / "notice_email.png")
    await photograph(browser, mail, NARROW, folder / "notice_email_phone.png")
    await photograph(browser, mail, NARROW, folder / "notice_email_dark.png", dark=True)
    await photograph(browser, sms, SHORT, folder / "notice_sms.png")


async def make_pictures(folder: Path) -> None:
    """All of them."""
    show_mask(folder)
    picture, template = masked_photograph(), the_template()
    message = the_message(picture, template, the_values())
    set_letter(message, folder)
    with tempfile.TemporaryDirectory() as temporary:
        mail, sms = write_mail(picture, Path(temporary)), write_sms(Path(temporary))
        await _photograph_all(message, template, mail, sms, folder)


async def _photograph_all(message: Message, template: Template, mail: str, sms: str, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        await show_phone(browser, message, template, folder)
        await show_pages(browser, mail, sms, folder)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(make_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"))
