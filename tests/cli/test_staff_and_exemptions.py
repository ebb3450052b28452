"""`cakra officer` and `cakra exemption`."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
from tests.cli.conftest import Shell

from cakra.journey.staff.officers import check_password, find_officer

PASSWORD = "kata sandi contoh"
NEW = ("officer", "add", "budi", "--name", "Budi Contoh", "--rank", "Ipda", "--role", "supervisor", "--certified")


async def _ask(shell: Shell, query: str, values: tuple[Any, ...]) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


def rows(shell: Shell, query: str, *values: Any) -> list[asyncpg.Record]:
    return asyncio.run(_ask(shell, query, values))


def signs_in(shell: Shell, password: str) -> bool:
    async def attempt() -> bool:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            return check_password(await find_officer(connection, "budi"), password)
        finally:
            await connection.close()

    return asyncio.run(attempt())


def test_an_officer_from_adding_to_disabling(shell: Shell) -> None:
    assert shell.lines(*NEW, stdin=f"{PASSWORD}\n") == ["budi added as supervisor."]
    assert signs_in(shell, PASSWORD)
    [kept] = rows(shell, "select password_hash from officer")
    assert kept["password_hash"].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "already" in shell.refusal(*NEW, stdin=f"{PASSWORD}\n")

    rows(shell, "insert into jurisdiction values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 4)")
    authorise = ("officer", "authorise", "budi", "--document", "SKEP/1/2026", "--offence", "GANJIL_GENAP")
    assert "no jurisdiction XXX" in shell.refusal(*authorise, "--jurisdiction", "XXX")
    assert "Unknown offence NGEBUT" in shell.refusal(*authorise, "--jurisdiction", "PMJ", "--offence", "NGEBUT")
    shell.lines(*authorise, "--jurisdiction", "PMJ", "--from", "2026-01-01", "--to", "2030-12-31")
    [standing] = rows(shell, "select * from standing_authorisation")
    # Both days count whole on the jurisdiction's paper.
    assert standing["valid_from"] == datetime(2025, 12, 31, 17, tzinfo=UTC)
    assert standing["valid_to"] == datetime(2030, 12, 31, 17, tzinfo=UTC)
    assert standing["offences"] == ["GANJIL_GENAP"]

    header, line = (text.split("\t") for text in shell.lines("officer", "list"))
    shown = dict(zip(header, line, strict=True))
    assert (shown["user"], shown["role"], shown["certified"], shown["standing"]) == ("budi", "supervisor", "yes", "1")

    shell.lines("officer", "disable", "budi")
    assert not signs_in(shell, PASSWORD)
    assert rows(shell, "select from standing_authorisation where revoked_at is not null")


def test_a_password_is_never_an_argument_and_a_short_one_is_refused(shell: Shell) -> None:
    assert "Unknown option: --password" in shell.refusal(*NEW, "--password", PASSWORD, stdin=f"{PASSWORD}\n")
    assert "12 to 200 characters" in shell.refusal(*NEW, stdin="pendek\n")
    assert "12 to 200 characters" in shell.refusal(*NEW)
    assert not rows(shell, "select from officer")


def test_an_unknown_officer_or_role_is_refused(shell: Shell) -> None:
    assert "no officer named siti" in shell.refusal("officer", "disable", "siti")
    assert "--role" in shell.refusal("officer", "add", "siti", "--name", "Siti", "--role", "chief", stdin=PASSWORD)


def test_an_exemption_is_entered_and_listed(shell: Shell) -> None:
    terms = ("--basis", "AMBULANS", "--document", "SK/7", "--approver", "Kasat Lantas")
    shell.lines("exemption", "add", "b 1234 xyz", *terms, "--from", "2026-01-01", "--to", "2026-06-30")
    shell.lines("exemption", "add", "B 77 A", *terms, "--offence", "GANJIL_GENAP", "--no-duty-proof")
    header, line = (text.split("\t") for text in shell.lines("exemption", "list", "B1234XYZ"))
    shown = dict(zip(header, line, strict=True))
    assert shown["plate"] == "B1234XYZ"
    assert (shown["from"], shown["until"]) == ("2025-12-31T17:00+00:00", "2026-06-30T17:00+00:00")
    assert (shown["approver"], shown["duty proof"]) == ("Kasat Lantas", "yes")
    [other] = rows(shell, "select * from exemption where plate = 'B77A'")
    assert (other["offences"], other["duty_proof_required"]) == (["GANJIL_GENAP"], False)


def test_days_of_an_exemption_are_read_as_papers_write_them(shell: Shell) -> None:
    terms = ("--basis", "AMBULANS", "--document", "'SK/7", "--approver", "Kasat Lantas")
    shell.lines("exemption", "add", "Ｂ\u00a01 ZZA", *terms, "--from", "01/01/2026", "--to", "30 Juni 2026")
    shell.lines("exemption", "add", "B 2 ZZA", *terms, "--from", "2026-01-01", "--to", "31/12/9999")
    first, second = rows(shell, "select * from exemption order by plate")
    assert (first["plate"], first["document"]) == ("B1ZZA", "SK/7")
    assert (first["valid_from"], first["valid_to"]) == (
        datetime(2025, 12, 31, 17, tzinfo=UTC),
        datetime(2026, 6, 30, 17, tzinfo=UTC),
    )
    assert second["valid_to"] is None
    for wrong, words in (("43891", "spreadsheet's day number"), ("01/01/26", "year of two digits"), ("x9", "no day")):
        assert words in shell.refusal("exemption", "add", "B 3 ZZA", *terms, "--from", wrong)
    assert "--approver is empty" in shell.refusal("exemption", "add", "B 3 ZZA", *terms[:4], "--approver", "NULL")


def test_an_exemption_that_the_law_does_not_carry_is_refused(shell: Shell) -> None:
    terms = ("--document", "SK/7", "--approver", "Kasat Lantas")
    told = shell.refusal("exemption", "add", "B1A", "--basis", "AMBULANS", *terms, "--offence", "TANPA_HELM")
    assert "AMBULANS does not reach TANPA_HELM" in told
    assert "'BALAP' is not known" in shell.refusal("exemption", "add", "B1A", "--basis", "BALAP", *terms)
    assert "plate" in shell.refusal("exemption", "add", "B??", "--basis", "AMBULANS", *terms)
    backwards = ("--from", "2026-02-01", "--to", "2026-01-01")
    assert "ends before it begins" in shell.refusal(
        "exemption", "add", "B1A", "--basis", "AMBULANS", *terms, *backwards
    )
    zone = ("--from", "2026-02-01", "--zone", "Bulan")
    assert "is no time zone" in shell.refusal("exemption", "add", "B1A", "--basis", "AMBULANS", *terms, *zone)
    assert not rows(shell, "select from exemption")
