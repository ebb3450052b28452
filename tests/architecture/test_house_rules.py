"""The house rules that no linter checks. An exception is one line in a table, with its reason."""

import ast
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from tests.architecture.purity import impurities
from tests.architecture.source import PACKAGE, ROOT, Module, functions, imported_names, modules

MOST_LINES, LONGEST_FUNCTION, MOST_FILES, MOST_IN_ROOM = 300, 40, 12, 1250

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "sandbox/cameras/drawing/vehicles/bus.py:bus_front": "one drawing, top to bottom; pieces lose its order",
    "sandbox/cameras/drawing/vehicles/cars.py:car_rear": "one drawing, top to bottom",
    "sandbox/cameras/drawing/vehicles/sprite.py:deepen": "one drawing, top to bottom",
}
FULL_ROOMS = {
    "kit": "small tools that know nothing of each other, one file each",
}
# Settings are named as their sections are written: `[worker]` is `Worker`.
WORDS_OF_THEIR_OWN = ("sandbox/", "bench/", "demo/", "plates/training/", "kit/settings/")
LAZY_IMPORTS = {
    "cli/": "commands are imported when one is run, so that `--help` is quick",
    "kit/compiled.py": "numba takes a third of the start of every process, and only image processes count with it",
    "outside/letter/signer.py": "pyHanko, which most installations never sign with, takes a quarter of each start",
    "outside/letter/print_house/account.py": "asyncssh likewise: only the worker of an installation with letters dials",
}

OPT_OUT = re.compile(r"#\s*(?:noqa|type:\s*ignore)")
OPT_OUT_WITH_REASON = re.compile(r"# noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*(?: - |  # )\S|# type: ignore\[[\w, -]+\]  # \S")
EVENT_NAME = re.compile(r"[a-z][a-z0-9_]*")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
LOG_NAMES = {"log", "_log", "logger", "_logger"}


def faults_of(find: Callable[[Module], list[str]]) -> list[str]:
    """What `find` says about every module, with its path."""
    return [f"{one.path}: {fault}" for one in modules() for fault in find(one)]


def test_files_are_short() -> None:
    long = {one.path: len(one.text.splitlines()) for one in modules() if len(one.text.splitlines()) > MOST_LINES}
    assert long.keys() == LONG_FILES.keys(), f"files over {MOST_LINES} lines: {long}"


def test_functions_are_short() -> None:
    long = {
        f"{one.path}:{function.name}": length
        for one in modules()
        for function in functions(one.tree)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert long.keys() <= LONG_FUNCTIONS.keys(), f"functions over {LONGEST_FUNCTION} lines: {long}"
    assert LONG_FUNCTIONS.keys() <= long.keys(), "an exception is no longer needed; take it out of the table"


def test_rooms_are_small() -> None:
    files = Counter(str(PurePosixPath(one.path).parent) for one in modules())
    full = {room: count for room, count in files.items() if count > MOST_FILES}
    assert full.keys() <= FULL_ROOMS.keys(), f"rooms over {MOST_FILES} files: {full}"


def test_rooms_can_be_read() -> None:
    """Code and statements of a folder itself; migrations are a list that only grows."""
    files = [file for file in PACKAGE.rglob("*") if file.suffix in {".py", ".sql"} and file.parent.name != "migrations"]
    lines: Counter[str] = Counter()
    for file in files:
        lines[file.parent.relative_to(PACKAGE).as_posix()] += len(file.read_text(encoding="utf-8").splitlines())
    assert not {room: count for room, count in lines.items() if count > MOST_IN_ROOM}


def test_one_name_means_one_thing() -> None:
    """No two classes share a name. What imitates others or is run by developers alone has words of its own."""
    named: dict[str, list[str]] = {}
    for one in modules():
        if not one.path.startswith(WORDS_OF_THEIR_OWN):
            for node in one.tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    named.setdefault(node.name, []).append(one.path)
    assert not {name: paths for name, paths in named.items() if len(paths) > 1}


def test_nothing_is_imported_late() -> None:
    def late(module: Module) -> list[str]:
        if module.path.startswith(tuple(LAZY_IMPORTS)):
            return []
        return sorted({name for function in functions(module.tree) for name in imported_names(function)})

    assert not faults_of(late)


def test_opting_out_of_a_check_has_a_code_and_a_reason() -> None:
    def bare(module: Module) -> list[str]:
        lines = enumerate(module.text.splitlines(), 1)
        return [
            f"{number}: {line.strip()}"
            for number, line in lines
            if OPT_OUT.search(line) and not OPT_OUT_WITH_REASON.search(line)
        ]

    assert not faults_of(bare)
    assert OPT_OUT_WITH_REASON.search("x = 1  # noqa: S101 - narrows")
    assert not OPT_OUT_WITH_REASON.search("x = 1  # noqa: S101")
    assert not OPT_OUT_WITH_REASON.search("x = 1  # noqa")
    assert not OPT_OUT_WITH_REASON.search("x = 1  # type: ignore[attr-defined]")


def test_nothing_prints() -> None:
    def printing(module: Module) -> list[str]:
        calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        return [f"line {node.lineno}" for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]

    assert not faults_of(printing)


def test_csv_is_written_in_one_place() -> None:
    """Where no formula comes alive: `core/tables/writing.py`."""
    writers = re.compile(r"\bcsv\.(?:writer|DictWriter)\b|from csv import .*[wW]riter|write_csv\(|to_csv\(")
    assert {one.path for one in modules() if writers.search(one.text)} == {"core/tables/writing.py"}


def log_calls(tree: ast.AST) -> list[ast.Call]:
    """Calls such as `_log.info(...)`."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LOG_METHODS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in LOG_NAMES
    ]


def log_faults(tree: ast.AST) -> list[str]:
    """Log calls whose event is not a plain snake_case name, or that build a text."""
    faults = []
    for call in log_calls(tree):
        event = call.args[0] if call.args else None
        names = [event.body, event.orelse] if isinstance(event, ast.IfExp) else [event]
        if not all(isinstance(name, ast.Constant) and EVENT_NAME.fullmatch(str(name.value)) for name in names):
            faults.append(f"{call.lineno}: the event is not a plain name")
        if any(isinstance(part, ast.JoinedStr) for part in ast.walk(call)):
            faults.append(f"{call.lineno}: an f-string; give fields instead")
    return faults


def test_logs_are_names_with_fields() -> None:
    assert not faults_of(lambda module: log_faults(module.tree))


def test_log_faults_are_seen() -> None:
    assert sum(len(log_calls(one.tree)) for one in modules()) > 20
    assert log_faults(ast.parse("_log.info(f'case {case} moved')"))
    assert log_faults(ast.parse("_log.info('Case moved')"))
    assert log_faults(ast.parse("_log.info('case_moved', why=f'{a} {b}')"))
    assert not log_faults(ast.parse("_log.info('case_moved', case=case)"))


# ---------------------------------------------------------------- pure modules
def pure_modules() -> list[Module]:
    """`core`, and every `rules.py`. `core.law` reads nothing either: its texts are handed in."""
    return [one for one in modules() if one.path.startswith("core/") or one.path.endswith("/rules.py")]


def test_rules_touch_nothing_of_the_world() -> None:
    names = {one.name: one for one in modules()}
    assert [fault for one in pure_modules() for fault in impurities(one, names)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from time import monotonic",
        "import random",
        "from secrets import token_hex",
        "import asyncio",
        "import asyncpg",
        "from datetime import datetime\ndef f(): return datetime.now()",
        "import datetime\ndef f(): return datetime.datetime.utcnow()",
        "from datetime import date\ndef f(): return date.today()",
        "from cakra.kit.clock import now",
        "from cakra.kit.ids import new_id",
        "from cakra.kit.settings import load_settings",
        "from pathlib import Path",
        "def f(): return open('x').read()",
        "from urllib.request import urlopen",
    ],
)
def test_impure_rules_are_caught(source: str) -> None:
    assert impurities(Module("x/rules.py", "cakra.x.rules", source, ast.parse(source)), {})


def test_impurity_is_caught_through_a_neighbour() -> None:
    rules = Module("x/rules.py", "cakra.x.rules", "", ast.parse("from cakra.x.shapes import Shape"))
    shapes = Module("x/shapes.py", "cakra.x.shapes", "", ast.parse("import time\nclass Shape: ..."))
    assert impurities(rules, {shapes.name: shapes}) == ["x/shapes.py: imports time"]


def test_every_stage_with_rules_is_found() -> None:
    names = {one.path for one in pure_modules()}
    assert {"core/states/journey.py", "journey/intake/rules.py", "plates/decision/rules.py"} <= names


def test_sources_hold_no_private_place() -> None:
    """Nothing in the repository points to the machine it was written on."""
    wrong = [
        f"{file.relative_to(ROOT)}"
        for folder in ("src", "docs", "tools")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".md", ".sql", ".toml", ".html", ".j2"} and f"{ROOT}/" in file.read_text("utf-8")
    ]
    assert not wrong


def test_tests_use_no_mocks() -> None:
    """Real components; `monkeypatch` is for the environment and for numbers, not for our own code's behaviour."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts]
    assert len(files) > 30
    mocking = [
        str(path.relative_to(ROOT))
        for path in files
        if {"unittest", "unittest.mock", "mock"} & set(imported_names(ast.parse(path.read_text("utf-8"))))
    ]
    assert not mocking


@pytest.mark.xdist_group("house rules")
def test_tests_of_a_group_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """What costs a minute to set up is set up once; xdist says that it knows the group behind the test's name."""
    assert request.node.nodeid.endswith("@house rules") == ("PYTEST_XDIST_WORKER" in os.environ)


def test_test_files_have_names_of_their_own() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == [], "pytest imports a test file by its bare name"
