"""`cakra policy` as two people run it: list, show, diff, draft, approve, and every refusal; nothing is lost."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tests.cli.conftest import Shell
from tests.console_kit import HASHED, PASSWORD
from tests.officers import officer_sql
from tests.policy_kit import automation, packaged

PLACE = "insert into jurisdiction (code, name, zone, first_cell, cells) values ('PMJ', 'x', 'Asia/Jakarta', 0, 16)"


def rows(shell: Shell, statement: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


def day(ahead: int) -> str:
    return str((datetime.now(ZoneInfo("Asia/Jakarta")) + timedelta(days=ahead)).date())


@pytest.fixture
def office(shell: Shell) -> Shell:
    rows(shell, PLACE)
    for username, role in (("komandan", "commander"), ("kasi", "supervisor"), ("petugas", "reviewer")):
        rows(shell, officer_sql(username, role, hashed=HASHED))
    return shell


def draft(
    shell: Shell, text: str, *more: str, kind="automation", since=1, by="kasi", jurisdiction="PMJ"
) -> tuple[str, ...]:
    file = shell.folder / "own.toml"
    file.write_text(text)
    return ("policy", "draft", kind, str(file), "--from", day(since), "--jurisdiction", jurisdiction, "--as", by, *more)


def approve(which: str, by="komandan") -> tuple[str, ...]:
    return ("policy", "approve", which, "--as", by)


def test_two_people_make_an_edition_and_anybody_reads_it(office: Shell) -> None:
    (told,) = office.lines(*draft(office, automation("human")), stdin=PASSWORD)
    assert "automation:PMJ/1 is drafted" in told
    assert office.lines("policy", "show", "automation:PMJ") == office.lines("policy", "show", "automation:ID/0"), (
        "a draft changes nothing"
    )
    assert "(a draft)" in "".join(office.lines("policy", "list", "--drafts"))
    changed = office.lines("policy", "diff", "automation:PMJ/1")
    assert changed[:2] == ["--- automation:ID/0", "+++ automation:PMJ/1"]
    assert {'-mode = "hybrid"', '+mode = "human"'} <= set(changed)
    (said,) = office.lines(*approve("automation:PMJ/1"), stdin=PASSWORD)
    assert said == f"automation:PMJ/1 is approved, in force from {day(1)} on."
    assert office.lines("policy", "show", "automation:PMJ/1")[1:] == automation("human").splitlines()
    assert "komandan" in "".join(office.lines("policy", "list", "automation"))
    (kept,) = rows(office, "select content, drafted_by, approved_by from policy")
    assert tuple(kept) == (automation("human"), "kasi", "komandan")


def test_an_edition_of_today_holds_at_once(office: Shell) -> None:
    office.lines(*draft(office, automation("human"), since=0), stdin=PASSWORD)
    office.lines(*approve("automation:PMJ/1"), stdin=PASSWORD)
    assert office.lines("policy", "show", "automation:PMJ")[0].startswith("# automation:PMJ/1, in force")
    assert office.lines("policy", "diff", "automation:PMJ/1", "automation:ID/0")[0] == "--- automation:ID/0"


@pytest.mark.parametrize(
    ("text", "since", "told"),
    [
        (automation("sometimes"), 1, "is not one of auto, hybrid, human"),
        ("mode = ", 1, "not readable as TOML"),
        (automation("auto", BISWAY="human"), 1, "the offence BISWAY, which no law on file knows"),
        (automation("auto"), -1, "which is past"),
    ],
)
def test_what_may_not_hold_stays_a_draft(office: Shell, text: str, since: int, told: str) -> None:
    done = office.run(*draft(office, text, since=since), stdin=PASSWORD)
    assert (done.returncode, "automation:PMJ/1 is drafted" in done.stdout) == (0, True)
    assert told in done.stderr
    assert told in office.refusal(*approve("automation:PMJ/1"), stdin=PASSWORD)
    (kept,) = rows(office, "select content, approved_at from policy")
    assert tuple(kept) == (text, None), "nothing is lost, and nothing holds"


def test_nobody_approves_alone_and_only_who_leads_decides(office: Shell) -> None:
    office.lines(*draft(office, automation("auto")), stdin=PASSWORD)
    assert "a second person" in office.refusal(*approve("automation:PMJ/1", by="kasi"), stdin=PASSWORD)
    assert office.refusal(*approve("automation:PMJ/1", by="petugas"), stdin=PASSWORD)
    assert office.refusal(*draft(office, automation("auto"), by="petugas"), stdin=PASSWORD)
    assert "is wrong" in office.refusal(*approve("automation:PMJ/1"), stdin="guess")
    assert len(rows(office, "select from policy where approved_at is null")) == 1


def test_a_draft_falls_with_its_drafters_right(office: Shell) -> None:
    office.lines(*draft(office, automation("auto")), stdin=PASSWORD)
    rows(office, "update officer_grant set valid_to = now() - interval '1 minute' where username = 'kasi'")
    told = office.refusal(*approve("automation:PMJ/1"), stdin=PASSWORD)
    assert "kasi, who drafted it, may not do so any more; somebody who may has to draft it anew" in told
    (kept,) = rows(office, "select content, approved_at from policy")
    assert tuple(kept) == (automation("auto"), None)


def test_one_day_has_one_edition_and_an_approved_one_is_never_changed(office: Shell) -> None:
    for mode in ("auto", "human"):
        office.lines(*draft(office, automation(mode)), stdin=PASSWORD)
    office.lines(*approve("automation:PMJ/2"), stdin=PASSWORD)
    overlap = office.refusal(*approve("automation:PMJ/1"), stdin=PASSWORD)
    assert f"edition 2 begins on {day(1)} too" in overlap
    again = office.refusal(*approve("automation:PMJ/2"), stdin=PASSWORD)
    assert "was approved by komandan already" in again
    office.lines(*draft(office, automation("auto"), jurisdiction="ID"), stdin=PASSWORD)
    office.lines(*approve("automation:ID/1"), stdin=PASSWORD)
    found = rows(office, "select edition, approved_by from policy where jurisdiction = 'PMJ' order by edition")
    assert [tuple(row) for row in found] == [(1, None), (2, "komandan")]


def test_what_there_is_not_is_named(office: Shell) -> None:
    limits = packaged()["limits"]
    assert "kinds are automation, thresholds" in office.refusal(*draft(office, "", kind="weather"), stdin=PASSWORD)
    assert "no policy of the kind" in office.refusal(*approve("weather:PMJ/1"), stdin=PASSWORD)
    assert "There is no jurisdiction 'XYZ'" in office.refusal(*draft(office, "", jurisdiction="XYZ"), stdin=PASSWORD)
    assert "There is no jurisdiction 'PMI'" in office.refusal("policy", "show", "automation:PMI")
    assert "There is no automation:PMJ/9" in office.refusal(*approve("automation:PMJ/9"), stdin=PASSWORD)
    assert "names no edition" in office.refusal(*approve("automation:PMJ"))
    assert "names no policy" in office.refusal("policy", "show", "a b")
    assert "is no day" in office.refusal("policy", "draft", "ages", "x.toml", "--from", "kapan", "--as", "kasi")
    missing = ("policy", "draft", "ages", "x.toml", "--from", day(1), "--as", "kasi")
    assert "x.toml cannot be read" in office.refusal(*missing)
    (office.folder / "x.toml").write_bytes(b"\xff\xfe")
    assert "is no UTF-8 text" in office.refusal(*missing)
    done = office.run(*draft(office, limits, kind="limits"), stdin=PASSWORD)
    assert "one for the whole nation" in done.stderr
    assert "one for the whole nation" in office.refusal(*approve("limits:PMJ/1"), stdin=PASSWORD)


def test_the_law_check_reads_the_packaged_policies_too(office: Shell) -> None:
    (told,) = office.lines("law", "check")
    assert told == "4 law files and 10 policies, no contradictions."
