"""A real pgBouncer before the database: session mode works, transaction mode is refused with one sentence."""

import pytest
from tests.cli.conftest import Shell
from tests.pgbouncer_peer import pgbouncer

from cakra.core.errors import SetupError
from cakra.store.upkeep.pooler import require_sessions


async def test_session_mode_gives_each_connection_a_session(database_url) -> None:
    with pgbouncer(database_url, mode="session") as address:
        await require_sessions(address, name="cakra tests")


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_session_that_changes_between_statements_is_seen(database_url, mode: str) -> None:
    with pgbouncer(database_url, mode=mode) as address, pytest.raises(SetupError, match="pool_mode = session"):
        await require_sessions(address, name="cakra tests")


async def test_a_pooler_that_refuses_our_settings_is_named(database_url) -> None:
    refused = pytest.raises(SetupError, match="ignore_startup_parameters")
    with pgbouncer(database_url, mode="session", ignored="") as address, refused:
        await require_sessions(address, name="cakra tests")


@pytest.mark.parametrize("command", [("worker",), ("web",), ("db", "migrate"), ("camera", "list")])
def test_commands_refuse_it_at_the_start(shell: Shell, command: tuple[str, ...]) -> None:
    with pgbouncer(shell.environment["CAKRA_DATABASE__URL"], mode="transaction") as address:
        shell.environment["CAKRA_DATABASE__URL"] = address
        assert "stands a pooler in transaction mode" in shell.refusal(*command)


def test_the_import_goes_through_a_pooler_in_session_mode(shell: Shell) -> None:
    with pgbouncer(shell.environment["CAKRA_DATABASE__URL"], mode="session") as address:
        shell.environment["CAKRA_DATABASE__URL"] = address
        register = shell.folder / "register.csv"
        register.write_text(
            "plate,valid_from,vehicle_kind,plate_colour,chassis,owner_name,owner_number,address,phone\n"
            "B 9201 ZZA,2020-03-01,mobil,hitam,MHKA4DB3JKJ000201,Warga Contoh,0012345678901234,Jl. Contoh 7,"
            "081000004321\n"
        )
        shell.lines("registry", "import", str(register), "--synthetic")
