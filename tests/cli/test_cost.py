"""`cakra cost` as a person runs it: budgets in a person's name, a report that adds up, prices of one's own."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest
from tests.cli.conftest import Shell
from tests.console_kit import HASHED, PASSWORD

from cakra.delivery.costs.rules import month_of
from officers import officer_sql

REASON = ("--reason", "Disetujui bendahara", "--as", "komandan")


def this_month() -> str:
    """Asked when it is needed: a run may begin in one month and end in the next."""
    return f"{month_of(datetime.now(UTC)):%Y-%m}"


def execute(shell: Shell, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(shell.environment["CAKRA_DATABASE__URL"])
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
def spending(shell: Shell) -> Shell:
    execute(shell, officer_sql("komandan", "commander", name="K", hashed=HASHED))
    execute(
        shell, f"insert into spending values ('PMJ', '{this_month()}-01', 'whatsapp', '+62 800', 'case', 3, 990000001)"
    )
    execute(
        shell,
        "insert into spending_entry (cell, channel, sender, day, kind, messages, micro_rupiah)"
        f" values (0, 'whatsapp', '+62 800', '{this_month()}-01', 'canary', 1, 330000000)",
    )
    return shell


def test_a_report_adds_up_with_what_is_not_folded_yet(spending: Shell) -> None:
    lines = [line.split("\t") for line in spending.lines("cost", "report")]
    whatsapp = dict(zip(lines[0], lines[1], strict=True))
    assert (whatsapp["messages"], whatsapp["spent"], whatsapp["budget"]) == ("4", "Rp1.320", "none")
    assert whatsapp["price"] == "Rp330 planned"
    assert lines[-1][:3] == ["all", "4", "Rp1.320"]
    record = json.loads(spending.run("cost", "report", "--month", this_month(), "--json").stdout)
    channel = record["channels"]["whatsapp"]
    assert (channel["micro_rupiah"], channel["canaries"]["messages"]) == (1320000001, 1)
    assert channel["jurisdictions"] == {"PMJ": {"messages": 3, "micro_rupiah": 990000001, "rupiah": 990}}
    assert sum(day["micro_rupiah"] for day in channel["days"].values()) == record["total"]["micro_rupiah"]


def test_a_budget_is_set_by_a_person_who_proves_it(spending: Shell) -> None:
    wrong = spending.refusal("cost", "budget", "set", "whatsapp", "1000", *REASON, stdin="falsch\n")
    assert "password of komandan is wrong" in wrong
    done = spending.run("cost", "budget", "set", "whatsapp", "Rp1.000", *REASON, "--policy", "hold", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "Rp1.000 a month; policy: hold" in done.stdout
    listed = spending.lines("cost", "budget", "list")
    assert listed[1].split("\t")[:5] == ["whatsapp", this_month(), "Rp1.000", "hold", "komandan"]
    told = spending.lines("cost", "report")[1].split("\t")
    assert (told[4], "SPENT" in told[8]) == ("132%", True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "--month", "November"], "'November' is no month; write it as 2026-11."),
        (["budget", "set", "whatsapp", "much", *REASON], "'much' is not an amount in rupiah"),
        (["budget", "set", "pigeon", "1", *REASON], "pigeon"),
        (["budget", "set", "sms", "1", *REASON, "--policy", "stop"], "stop"),
        (["budget", "set", "sms", "1", *REASON, "--month", "2025-01"], "2025-01 is over"),
        (["budget", "set", "sms", "0", *REASON], "0 is not"),
    ],
)
def test_wrong_input_gets_a_sentence(spending: Shell, arguments: list[str], words: str) -> None:
    assert words in spending.refusal("cost", *arguments, stdin=PASSWORD)
    assert len(spending.lines("cost", "budget", "list")) == 1


def test_prices_of_our_own_contract_and_a_file_that_is_wrong(spending: Shell) -> None:
    file = spending.folder / "prices.toml"
    spending.environment["CAKRA_COSTS__TARIFFS"] = str(file)
    assert "CAKRA_COSTS__TARIFFS cannot be read" in spending.refusal("cost", "report")
    file.write_text('[[tariff]]\nchannel = "whatsapp"\n')
    assert "Tariff 1 is not complete" in spending.refusal("cost", "report")
    file.write_text(
        '[[tariff]]\nchannel = "whatsapp"\neffective_from = 2026-01-01\nrupiah = 356.65\n'
        'charged_when = "delivered"\nconfirmed = true\nsource = "contract 12"\n'
    )
    assert spending.lines("cost", "report")[1].split("\t")[7] == "Rp357"


def test_a_silent_canary_is_a_problem_for_doctor(spending: Shell) -> None:
    execute(
        spending,
        "insert into canary (canary_id, channel, sender, at, state, code, alarmed_at)"
        " values (1, 'whatsapp', '+62 800', now(), 'refused', '131026', now())",
    )
    found = {one["check"]: one for one in json.loads(spending.run("doctor", "--json").stdout)}
    assert not found["canaries"]["ok"]
    assert "whatsapp +62 800 (refused 131026)" in found["canaries"]["found"]
    assert "not confirmed by a contract: whatsapp" in found["prices"]["found"]
