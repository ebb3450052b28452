"""Letters: what is on the sheet, where it stands, what kind of PDF it is, and that each is kept once."""

import asyncio
import io
import re
import subprocess
import sys
import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest
from asn1crypto import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from cakra.core.errors import SetupError
from cakra.core.ports import Action, Picture, PostalAddress, SendState, Wording
from cakra.outside.letter import (
    LetterPress,
    LetterSender,
    LetterSpool,
    packaged_geometry,
    packaged_offices,
    read_geometry,
    read_offices,
)
from cakra.outside.letter.geometry import Area
from cakra.outside.letter.manifest import sort_address
from letter_kit import ADDRESS, AGENCY, ARTICLE, OFFENCE, SITE, letter, require_poppler, self_made_signer

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
XHTML = "{http://www.w3.org/1999/xhtml}"
POINT_MM = 25.4 / 72


@pytest.fixture(scope="module")
def press():
    press = LetterPress(articles={OFFENCE: ARTICLE}, demo=True)
    yield press
    press.close()


@pytest.fixture(scope="module")
def sheet(press, tmp_path_factory) -> Path:
    """One letter as a file."""
    path = tmp_path_factory.mktemp("letter") / "letter.pdf"
    path.write_bytes(press.set_letter(letter("tag", reference="01ABCDEFGHJKMN9"), AT).pdf)
    return path


def poppler(*command: str | Path) -> bytes:
    """What a tool of poppler says, which reads our PDFs as a print house would."""
    require_poppler()
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def words(sheet: Path, page: int) -> list[tuple[str, Area]]:
    """The words of a page and where they stand, in millimetres; the watermark stands aslant and is left out."""
    tree = ET.fromstring(poppler("pdftotext", "-bbox", "-f", str(page), "-l", str(page), sheet, "-"))
    found = []
    for word in tree.iter(f"{XHTML}word"):
        x, y, right, bottom = (float(word.attrib[name]) * POINT_MM for name in ("xMin", "yMin", "xMax", "yMax"))
        found.append((word.text or "", Area(x, y, right - x, bottom - y)))
    return found


def drawn(sheet: Path, page: int, dpi: int = 200) -> np.ndarray:
    png = poppler("pdftoppm", "-png", "-r", str(dpi), "-f", str(page), "-l", str(page), sheet)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def plain_text(sheet: Path) -> str:
    return re.sub(r"\s+", " ", poppler("pdftotext", sheet, "-").decode())


@pytest.mark.parametrize(
    ("language", "told"),
    [("id", ("Jakarta, 21 November 2026", "Perihal", "tidak pernah meminta")), ("en", ("Subject", "We never ask for"))],
)
def test_any_other_letter_carries_its_own_words_on_the_same_sheet(press, tmp_path, language, told):
    require_poppler()
    wording = Wording("CONTOH. Pengingat konfirmasi ETLE", "CONTOH. Baris satu.\n\nWaktu: 08.01\nTempat: Jl. Rekaan")
    message = replace(letter("tag", reference="01ABCDEFGHJKMN9"), language=language, wording=wording)
    made = press.set_letter(message, AT)
    (tmp_path / "plain.pdf").write_bytes(made.pdf)
    text = plain_text(tmp_path / "plain.pdf")
    for said in (
        "Siti Rahayu",
        "01ABC-DEFGH-JKMN9",
        "Pengingat konfirmasi ETLE",
        "Waktu: 08.01 Tempat: Jl. Rekaan",
        *told,
    ):
        assert said in text, said
    assert made.pages == 1
    assert "siapa yang mengemudikan" not in text


def test_the_letter_says_what_it_must(sheet):
    text = plain_text(sheet)
    for said in (
        AGENCY.upper(),
        "Siti Rahayu",
        "10240",
        "Jakarta, 21 November 2026",
        "01ABC-DEFGH-JKMN9",
        "B 1234 XYZ",
        OFFENCE,
        "Pasal 106 ayat (4)",
        "UU 22/2009",
        "21 Nov 2026 08.01 WIB",
        "Jl. M.H. Thamrin",
        f"Ketik sendiri alamat {SITE}",
        "baru berjalan setelah surat ini sampai",
        "Senin – Jumat",
        "08.00 – 16.00 WIB",
        "permintaan konfirmasi, bukan surat denda",
        "Summary in English",
        "CONTOH – bukan dokumen resmi",
        "Halaman 2 dari 2",
    ):
        assert said in text, said
    assert "tilang" not in text.lower()


def test_without_demo_nothing_says_contoh():
    press = LetterPress(signed=True)
    pdf = press.set_letter(letter("tag"), AT).pdf
    press.close()
    require_poppler()
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "CONTOH" not in text.replace(AGENCY.upper(), "")
    assert "ditandatangani secara elektronik" in re.sub(r"\s+", " ", text)


def test_only_the_address_stands_in_the_windows_clear_zone(sheet):
    geometry = packaged_geometry()
    inside = [(text, area) for text, area in words(sheet, 1) if area.meets(geometry.clear_zone)]
    shown = " ".join(text for text, _ in inside)
    office = packaged_offices()["*"]
    assert shown == f"Bila tidak sampai, kembali ke: {office.return_to} Yth. {ADDRESS.name} " + " ".join(
        [*ADDRESS.lines, ADDRESS.postcode]
    )
    frame = geometry.window.grown(-geometry.window.inset + 1)  # poppler's boxes are a little taller than the letters
    assert not [(text, area) for text, area in inside if not frame.holds(area)]
    # Nothing drawn either: the ring between window and clear zone is as white as paper.
    picture, scale = drawn(sheet, 1), 200 / 25.4
    zone, window = geometry.clear_zone, geometry.window
    ring = picture[int(zone.y * scale) : int(zone.bottom * scale), int(zone.x * scale) : int(zone.right * scale)].copy()
    left, top = int((window.x - zone.x) * scale), int((window.y - zone.y) * scale)
    ring[top : top + int(window.height * scale), left : left + int(window.width * scale)] = 255
    assert ring.min() == 255


def test_edges_and_the_machine_strip_stay_empty(sheet):
    geometry = packaged_geometry()
    for page in (1, 2):
        placed = words(sheet, page)
        assert placed
        assert all(geometry.page.grown(-geometry.edge).holds(area) for _, area in placed)
        assert not [text for text, area in placed if area.meets(geometry.strip) and text != "CONTOH"]


def test_the_code_leads_to_the_official_address(sheet):
    found, _, _ = cv2.QRCodeDetector().detectAndDecode(drawn(sheet, 1, 300))
    assert found == f"HTTPS://{SITE.upper()}/K/01ABCDEFGHJKMN9"


def test_it_is_pdf_a_with_tags_and_its_own_fonts(sheet):
    reader = PdfFileReader(io.BytesIO(sheet.read_bytes()))
    metadata = reader.root["/Metadata"].data.decode()
    assert re.search(r"pdfaid:part>2<", metadata)
    assert re.search(r"pdfaid:conformance>B<", metadata)
    assert reader.root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert reader.root["/MarkInfo"]["/Marked"] is not False
    assert reader.root["/Lang"] == "id-ID"
    kinds = set(tag_kinds(reader.root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/P", "/L", "/LI", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= kinds
    fonts = poppler("pdffonts", sheet).decode().splitlines()[2:]
    assert len(fonts) >= 3
    assert all(line.split()[-5] == "yes" for line in fonts), fonts


def tag_kinds(node):
    """The types of all structure elements below a node."""
    children = node.get("/K", [])
    for one in children if isinstance(children, list) else [children]:
        child = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(child, dict) and "/S" in child:
            yield str(child["/S"])
            yield from tag_kinds(child)


def test_a_name_is_text_and_never_markup(press, tmp_path):
    name = '#panic("x") *Budi* $x$ \\ "'
    pdf = press.set_letter(letter("tag", postal=replace(ADDRESS, name=name)), AT).pdf
    (tmp_path / "l.pdf").write_bytes(pdf)
    assert name in plain_text(tmp_path / "l.pdf")


async def test_a_signed_letter_is_valid_pades_and_still_pdf_a(press):
    signer = self_made_signer("Penandatangan contoh")
    pdf = await signer.sign(press.set_letter(letter("tag"), AT).pdf)
    trust = ValidationContext(trust_roots=[x509.Certificate.load(signer.certificate)], allow_fetching=False)

    def judged(data: bytes):
        signature = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
        return signature, validate_pdf_signature(signature, trust)

    signature, status = await asyncio.to_thread(judged, pdf)
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage.name == "ENTIRE_FILE"
    assert b"pdfaid:part" in pdf
    changed = bytearray(pdf)
    changed[len(pdf) // 4] ^= 1
    _, broken = await asyncio.to_thread(judged, bytes(changed))
    assert not broken.intact


@pytest.mark.parametrize(
    ("postal", "why"),
    [
        (None, "no postal address"),
        (PostalAddress("", ("Jl. A",), "10240"), "no postal address"),
        (PostalAddress("Budi", (" ",), "10240"), "no postal address"),
        (PostalAddress("\u200f\x07", ("Jl. A",), "10240"), "no postal address"),
        (PostalAddress("Budi", tuple("kata " * 90 for _ in range(6)), "10240"), "too long"),
    ],
)
async def test_an_address_that_cannot_be_used_sends_the_notice_elsewhere(press, tmp_path, postal, why):
    result = await LetterSender(AGENCY, press, LetterSpool(tmp_path)).send(letter("tag", postal=postal))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.NEXT_CHANNEL, "address")
    assert why in result.detail


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        ({"situs": ""}, "content", "needs situs"),
        ({"situs": "etle.example/k"}, "content", "host name"),
        ({"reference": "../../etc"}, "content", "reference"),
    ],
)
async def test_a_message_of_ours_that_is_wrong_is_parked(press, tmp_path, change, code, why):
    result = await LetterSender(AGENCY, press, LetterSpool(tmp_path)).send(letter("tag", **change))
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.FIX_US, code)
    assert why in result.detail


async def test_a_picture_that_is_none_is_parked(press, tmp_path):
    broken = replace(letter("tag"), picture=Picture(b"\0" * 32, b"no jpeg"))
    result = await LetterSender(AGENCY, press, LetterSpool(tmp_path)).send(broken)
    assert (result.state, result.action, result.code) == (SendState.REFUSED, Action.FIX_US, "picture")


async def test_one_tag_is_one_letter_however_often_and_from_wherever_it_is_sent(tmp_path):
    message = letter("tag")
    presses = [LetterPress() for _ in range(2)]
    senders = [LetterSender(AGENCY, press, LetterSpool(tmp_path)) for press in presses]
    results = await asyncio.gather(*(sender.send(message) for sender in senders * 3))
    for sender in senders:
        await sender.close()
    assert {(result.state, result.provider_id) for result in results} == {(SendState.HELD, results[0].provider_id)}
    assert len(list(tmp_path.glob("20*/*.pdf"))) == 1
    assert (await senders[0].send(message)).code == "closed"


async def test_two_letters_of_one_case_go_into_two_batches(press, tmp_path):
    sender = LetterSender(AGENCY, press, LetterSpool(tmp_path))
    first = await sender.send(letter("first", reference="01ABCDEFGHJKMN9"))
    second = await sender.send(letter("second", reference="01ABCDEFGHJKMN9"))
    assert first.provider_id != second.provider_id
    assert {str(one.provider_id).split("/")[1] for one in (first, second)} == {"01ABCDEFGHJKMN9"}


def test_a_process_killed_at_any_moment_leaves_whole_letters_only(tmp_path):
    """Letters are kept by a process that is killed; every tag it was told is kept is there, whole."""
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from datetime import datetime, UTC\nfrom pathlib import Path\n"
        "from cakra.outside.letter.spool import KeptLetter, LetterSpool, file_hash\n"
        "from letter_kit import ADDRESS\n"
        "spool, n = LetterSpool(Path(sys.argv[1])), 0\n"
        "while True:\n"
        "    n += 1; pdf = b'%PDF' + bytes(50_000)\n"
        "    spool.keep(KeptLetter(f't{n}', f'REF{n:05d}', 2, file_hash(pdf), ADDRESS), pdf, datetime.now(UTC))\n"
        "    print(f't{n}', flush=True)\n"
    )
    here = str(Path(__file__).parents[1])
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), here], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(25)]
    process.kill()
    told += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    spool = LetterSpool(tmp_path)
    days = spool.waiting_days()
    frozen = {one.tag: (day, one) for day in days for one in spool.freeze(day)}
    assert set(told) <= frozen.keys()
    assert len(frozen) <= len(told) + 1
    for day, one in frozen.values():
        assert zlib.crc32((spool.folder(day) / f"{one.reference}.pdf").read_bytes()) == zlib.crc32(
            b"%PDF" + bytes(50_000)
        )


async def test_a_full_or_broken_disk_refuses_and_the_same_letter_goes_later(press, tmp_path):
    spool = LetterSpool(tmp_path / "spool")
    sender, message = LetterSender(AGENCY, press, spool), letter("tag")
    day = spool.folder(datetime.now(spool._zone).date())
    day.write_text("a file where the day's folder should be")
    refused = await sender.send(message)
    assert (refused.state, refused.action, refused.code) == (SendState.REFUSED, Action.RETRY, "spool")
    day.unlink()
    assert (await sender.send(message)).state is SendState.HELD


async def test_letters_and_addresses_are_erased_after_their_batch_and_the_tag_still_counts(press, tmp_path):
    spool = LetterSpool(tmp_path)
    sender, message = LetterSender(AGENCY, press, spool), letter("tag")
    first = await sender.send(message)
    (day,) = spool.waiting_days()
    spool.freeze(day)
    assert spool.forget_before(day + timedelta(days=1)) == 0  # not handed over yet
    spool.handed_over(day).write_text("0  x\n")
    assert spool.forget_before(day) == 0
    assert spool.forget_before(day + timedelta(days=1)) == 2
    left = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"Siti" not in left
    assert b"Kebon" not in left
    assert await sender.send(message) == first


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("first_top = 98", "first_top = 90", "begins inside the window's clear zone"),
        ("x = 118", "x = 100", "panel reaches into"),
        ("width = 85", "width = 200", "window leaves the page"),
        ("x = 8", "x = 18", "machine strip meets"),
        ("clear = 5", "", "clear"),
        ("[page]", "[page", "cannot be read"),
    ],
)
def test_a_geometry_that_does_not_fit_is_refused_with_the_reason(old, new, why):
    text = (letter_folder() / "geometry.toml").read_text("utf-8")
    with pytest.raises(SetupError, match=why):
        read_geometry(text.replace(old, new, 1))


def letter_folder() -> Path:
    return Path(sys.modules[LetterPress.__module__].__file__ or "").parent


def test_offices_that_cannot_be_read_are_named():
    with pytest.raises(SetupError, match="Contoh"):
        read_offices('[[office]]\nagency = "Contoh"\nheading = []\nhours = [["Senin", "08.00"]]\n')


def test_another_geometry_moves_the_address(tmp_path):
    text = (letter_folder() / "geometry.toml").read_text("utf-8").replace("x = 20\ny = 45", "x = 22\ny = 48")
    moved = read_geometry(text.replace("first_top = 98", "first_top = 100"))
    press = LetterPress(geometry=moved)
    (tmp_path / "l.pdf").write_bytes(press.set_letter(letter("tag"), AT).pdf)
    press.close()
    name = next(area for text, area in words(tmp_path / "l.pdf", 1) if text == "Siti")
    assert moved.window.holds(name)
    assert 22 + moved.window.inset < name.x


def test_administrative_parts_of_an_address_are_recognised():
    found = sort_address(ADDRESS)
    assert (found.street, found.kelurahan, found.kecamatan, found.kota) == (
        ["Jl. Kebon Kacang XXIX No. 12 RT 004 RW 007"], "Kebon Kacang", "Tanah Abang", "Kota Jakarta Pusat",
    )  # fmt: skip
    village = sort_address(PostalAddress("B", ("Desa Sukamaju", "Kab. Bogor, Kab. Lain", "Keluarga Budi"), ""))
    assert (village.kelurahan, village.kota, village.street) == (
        "Sukamaju",
        "Kab. Bogor",
        ["Kab. Lain", "Keluarga Budi"],
    )


PIECES = st.sampled_from(["Kel.", "Kec", "Kota", "Kab.", "Desa", "Jl.", "Melati", "No. 4", ",", ", "])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join), min_size=1, max_size=6))
def test_nothing_of_an_address_is_dropped_from_the_manifest(lines):
    found = sort_address(PostalAddress("B", tuple(lines), ""))
    said = " ".join([*found.street, found.kelurahan, found.kecamatan, found.kota])
    assert len(found.street) <= 4
    missing = Counter(re.findall(r"\w+", " ".join(lines))) - Counter(re.findall(r"\w+", said))
    assert set(missing) <= {"Kel", "Kec", "Desa"}  # what the column's heading says


def test_letters_differ_only_where_they_must(press):
    """The template is compiled for each letter anew: nothing of one letter may stay for the next."""
    one = press.set_letter(letter("a", plat="B 1 A", reference="01ABCDEFGHJKMN9"), AT).pdf
    press.set_letter(letter("b", plat="B 2 B", reference="01ABCDEFGHJKMN9"), AT)
    assert press.set_letter(letter("a", plat="B 1 A", reference="01ABCDEFGHJKMN9"), AT).pdf == one


def test_a_crowded_letter_grows_pages_and_says_so(press, tmp_path):
    crowded = letter("tag", pelanggaran="; ".join([OFFENCE] * 6), lokasi="Jl. Jenderal Sudirman, " * 8)
    made = press.set_letter(crowded, AT)
    path = tmp_path / "l.pdf"
    path.write_bytes(made.pdf)
    said = poppler("pdfinfo", path).decode()
    assert made.pages == int(re.search(r"Pages:\s+(\d+)", said)[1]) > 2
    assert f"{made.pages} halaman" in plain_text(path)
