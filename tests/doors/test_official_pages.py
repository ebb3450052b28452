"""The public page and the signed document, through HTTP; the signature is checked by openssl, not by us."""

import asyncio
import hashlib
import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import FastAPI

from cakra.delivery.official.publication import key_id_of, renewed
from cakra.doors.design import Assets, asset_route
from cakra.doors.language import LanguageSwitch
from cakra.doors.official import OfficialDeps, build_official_routes
from cakra.doors.problems import install_problem_handlers
from cakra.doors.security import SecurityHeaders
from cakra.kit.keyfile import keep_once
from cakra.kit.settings import Settings
from cakra.wiring.official.signing import fresh_pem, newest_signed
from official_kit import make_official, make_official_host
from portal_kit import ROOT_KEY, Browser, serve

NUMBER, OLD, HOST = "+62 812-3000-4000", "+62 812-3000-5000", "konfirmasi.etle.example"
ENDED = datetime(2026, 3, 3, 5, tzinfo=UTC)
DOCUMENT = "/.well-known/official-senders"


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


def app_of(pool, key):
    assets = Assets()
    renew = partial(renewed, pool, key, life=timedelta(days=7))
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.include_router(build_official_routes(OfficialDeps(pool, assets, renew, HOST, True, ROOT_KEY)))
    app.router.routes.append(asset_route(assets))
    install_problem_handlers(app)
    return SecurityHeaders(LanguageSwitch(app, secure=False))


@pytest.fixture
async def browser(pool, key):
    await make_official(pool, "whatsapp", NUMBER)
    await make_official(pool, "whatsapp", OLD, valid_to=ENDED)
    await make_official(pool, "email", "nanti@etle.example", valid_from=datetime.now(UTC) + timedelta(days=3))
    await make_official_host(pool, HOST)
    async with serve(app_of(pool, key)) as base, Browser(base) as browser:
        yield browser


async def fetch(browser, path, **headers):
    async with browser.session.get(browser.base + path, headers=headers) as response:
        return response.status, response.headers, await response.read()


async def test_the_page_tells_what_is_official_what_was_and_how_to_check(browser):
    seen = await browser.get("/pengirim-resmi")
    assert seen.status == 200
    now, past = seen.text.split("Sudah tidak dipakai", 1)
    assert NUMBER in now
    assert HOST in now
    assert "Akan dipakai" in now
    assert OLD not in now
    assert OLD in past
    assert "3 Mar 2026" in past
    assert "Cara memeriksa pesan sendiri" in now
    assert seen.headers["X-Robots-Tag"] == "all"
    english = await browser.get("/pengirim-resmi?bahasa=en")
    assert "No longer used" in english.text
    assert "Sudah tidak dipakai" not in english.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0812 3000 4000", "Ya, ini resmi"),
        (f"https://{HOST}/k/ABC", "Ya, ini resmi"),
        (OLD, "kami pakai sampai 3 Mar 2026"),
        ("nanti@etle.example", "Belum dipakai"),
        (f"https://{HOST}.tipu.example/k/ABC", "Bukan dari kami"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;</strong> tidak ada di daftar resmi"),
        ("", "Isi nomor, alamat surel"),
    ],
)
async def test_a_sender_that_somebody_types_is_judged(browser, typed, says):
    await browser.get("/pengirim-resmi")
    seen = await browser.post("/pengirim-resmi", pengirim=typed)
    assert seen.status == (200 if typed else 422)
    assert says in seen.text


async def test_openssl_verifies_the_publication_with_the_published_key(browser, key, tmp_path):
    names = {"d.json": ".json", "d.sig": ".json.sig", "k.pem": "-key.pem"}
    for name, ending in names.items():
        status, _, body = await fetch(browser, DOCUMENT + ending)
        assert status == 200
        (tmp_path / name).write_bytes(body)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "k.pem",
        "-rawin",
        "-in",
        "d.json",
        "-sigfile",
        "d.sig",
    ]

    def verify():
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = await asyncio.to_thread(verify)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully"), done.stderr
    body = (tmp_path / "d.json").read_bytes()
    load_pem_public_key((tmp_path / "k.pem").read_bytes()).verify((tmp_path / "d.sig").read_bytes(), body)
    (tmp_path / "d.json").write_bytes(body.replace(b"4000", b"4001", 1))
    assert (await asyncio.to_thread(verify)).returncode != 0

    told = json.loads(body)
    assert told["key_id"] == key_id_of(key.public_key())
    assert {one["sender"] for one in told["senders"]} == {"+6281230004000", "+6281230005000", "nanti@etle.example"}
    assert [one["host"] for one in told["hosts"]] == [HOST]
    _, _, keys = await fetch(browser, f"{DOCUMENT}-keys.json")
    assert [one["key_id"] for one in json.loads(keys)["keys"]] == [told["key_id"]]


async def test_the_document_may_be_kept_and_read_from_anywhere(browser):
    status, headers, body = await fetch(browser, f"{DOCUMENT}.json")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"].startswith("public, max-age=")
    assert f'<{DOCUMENT}/1.json.sig>; rel="signature"' in headers["Link"]
    again, _, nothing = await fetch(browser, f"{DOCUMENT}.json", **{"If-None-Match": headers["ETag"]})
    assert (again, nothing) == (304, b"")
    assert (await fetch(browser, f"{DOCUMENT}.json", **{"If-None-Match": '"other"'}))[2] == body
    async with browser.session.head(f"{browser.base}{DOCUMENT}.json") as response:
        assert (response.status, response.headers["ETag"]) == (200, headers["ETag"])


async def test_an_earlier_publication_stays_byte_for_byte(browser, pool):
    _, _, first = await fetch(browser, f"{DOCUMENT}.json")
    await make_official_host(pool, "lain.etle.example")
    _, _, second = await fetch(browser, f"{DOCUMENT}.json")
    assert json.loads(second)["number"] == 2
    assert json.loads(second)["previous_sha256"] == hashlib.sha256(first).hexdigest()
    status, headers, kept = await fetch(browser, f"{DOCUMENT}/1.json")
    assert (status, kept) == (200, first)
    assert "immutable" in headers["Cache-Control"]
    assert len((await fetch(browser, f"{DOCUMENT}/1.json.sig"))[2]) == 64


@pytest.mark.parametrize("number", ["0", "3", "-1", "1e3", "99999999999999999999", "\u0661", "a"])
async def test_a_publication_that_never_was_is_not_found(browser, number):
    await fetch(browser, f"{DOCUMENT}.json")
    status, _, body = await fetch(browser, f"{DOCUMENT}/{number}.json")
    assert status == 404
    assert "no publication of this number" in json.loads(body)["detail"]


async def test_without_a_key_the_page_stands_and_the_document_says_what_is_missing(pool):
    async with serve(app_of(pool, None)) as base, Browser(base) as browser:
        seen = await browser.get("/pengirim-resmi")
        assert seen.status == 200
        assert "tidak ada pengirim resmi" in seen.text
        assert "Belum ada terbitan" in seen.text
        status, _, body = await fetch(browser, f"{DOCUMENT}.json")
        assert status == 404
        assert "cakra official publish" in json.loads(body)["detail"]


async def test_the_server_uses_a_rotated_key_at_once_and_stands_without_one(pool, tmp_path):
    file = tmp_path / "key.pem"
    settings = Settings(database={"url": "postgresql://elsewhere.example/x"}, senders={"signing_key": file})
    seen = []
    for _ in range(2):
        file.unlink(missing_ok=True)
        keep_once(file, fresh_pem())
        seen.append(await newest_signed(pool, settings))
    assert [one.number for one in seen] == [1, 2]
    assert seen[0].key_id != seen[1].key_id
    file.chmod(0o644)
    assert await newest_signed(pool, settings) == seen[1]
