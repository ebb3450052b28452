"""`cakra grant`, `cakra order` and `cakra refusal`: from the first officer of an installation on."""

from tests.cli.conftest import Shell
from tests.cli.test_staff_and_exemptions import rows

PASSWORD = "kata sandi contoh"
ONE, TWO = f"{PASSWORD}\n", f"{PASSWORD}\n{PASSWORD}\n"
WHY = ("--reason", "Sprin/7/2026")


def table(shell: Shell, *arguments: str, stdin: str = "") -> list[dict[str, str]]:
    header, *lines = (line.split("\t") for line in shell.lines(*arguments, stdin=stdin))
    return [dict(zip(header, line, strict=True)) for line in lines]


def add(shell: Shell, username: str, role: str, *more: str, stdin: str = ONE) -> str:
    [said] = shell.lines("officer", "add", username, "--name", username, "--role", role, *more, stdin=stdin)
    return said


def test_from_the_first_officer_to_orders_of_two(shell: Shell) -> None:
    rows(shell, "insert into jurisdiction values ('PMJ', 'Ditlantas Contoh', 'Asia/Jakarta', 0, 4)")
    for username in ("tono", "wati"):
        assert add(shell, username, "administrator") == f"{username} added as administrator."
    alone = ("officer", "add", "budi", "--name", "Budi", "--role", "reviewer")
    assert "Say with --as who does it" in shell.refusal(*alone, stdin=ONE)
    assert "is wrong" in shell.refusal(*alone, "--as", "tono", stdin=f"salah\n{PASSWORD}\n")
    assert add(shell, "budi", "reviewer", "--jurisdiction", "PMJ", "--as", "tono", stdin=TWO)
    assert "no jurisdiction XX" in shell.refusal(
        "grant", "add", "budi", "counter", "--jurisdiction", "XX", *WHY, "--as", "tono", stdin=ONE
    )
    assert "has ended; mend the dates" in shell.refusal(
        "grant", "add", "budi", "counter", "--to", "2020-01-01", *WHY, "--as", "tono", stdin=ONE
    )
    assert "budi holds no grant in force for manage_officers" in shell.refusal(
        "grant", "add", "wati", "counter", *WHY, "--as", "budi", stdin=ONE
    )
    [said] = shell.lines("grant", "add", "budi", "commander", *WHY, "--as", "tono", stdin=ONE)
    [order] = table(shell, "order", "list", "--as", "wati", stdin=ONE)
    assert order["id"] in said
    assert (order["what"], order["state"]) == ("budi becomes commander", "waiting")
    approve = ("order", "approve", order["id"], "--as")
    assert "another officer has to approve it" in shell.refusal(*approve, "tono", stdin=ONE)
    assert shell.lines(*approve, "wati", stdin=ONE) == [f"Order {order['id']} is approved: budi becomes commander."]
    for asked in (("order", "approve"), ("grant", "end"), ("resume",)):
        why = () if asked == ("order", "approve") else ("--reason", "x")
        told = shell.refusal(*asked, "9" * 20, *why, "--as", "wati", stdin=ONE)
        assert "A value is out of range" in told
    assert "approved already" in shell.refusal(*approve, "wati", stdin=ONE)
    held = table(shell, "grant", "list", "budi")
    assert [(one["role"], one["where"], one["by"]) for one in held] == [
        ("reviewer", "PMJ", "tono"),
        ("commander", "nation", "tono + wati"),
    ]
    shell.lines("grant", "end", held[1]["id"], *WHY, "--as", "wati", stdin=ONE)
    assert [one["role"] for one in table(shell, "grant", "list", "budi")] == ["reviewer"]
    assert len(table(shell, "grant", "list", "budi", "--all")) == 2
    shown = [one["role"] for one in table(shell, "officer", "list")]
    assert shown == ["reviewer PMJ", "administrator", "administrator"]
    refused = table(shell, "refusal", "list", "--as", "tono", stdin=ONE)
    assert [(one["what"], one["user"], one["asked"], one["act"]) for one in refused] == [
        ("not_allowed", "budi", "cakra grant add", "manage_officers"),
        ("sign_in", "tono", "cakra officer add", ""),
    ]
    assert "Say with --as" in shell.refusal("officer", "disable", "budi")
    shell.lines("officer", "disable", "budi", "--as", "tono", stdin=ONE)
