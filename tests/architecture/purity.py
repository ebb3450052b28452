"""What a pure module must not touch, found in its syntax tree."""

import ast
from collections.abc import Iterator, Mapping

from tests.architecture.source import Module, imported_names

IMPURE_MODULES = frozenset(
    {
        *("aiohttp", "asyncio", "asyncpg", "concurrent", "fastapi", "getpass", "glob", "http", "io", "logging"),
        *("multiprocessing", "os", "pathlib", "psutil", "pyreqwest", "random", "secrets", "select", "shutil"),
        *("signal", "socket", "sqlite3", "starlette", "structlog", "subprocess", "sys", "tempfile", "threading"),
        *("time", "urllib.request", "uuid"),
    }
)
# Parts of our own package that read the world.
IMPURE_OURS = ("cakra.kit.clock", "cakra.kit.ids", "cakra.kit.logs", "cakra.kit.resources", "cakra.store")
# Its classes are plain data that a caller hands in; only `load_settings` reads the world.
DATA_CLASSES_OF = "cakra.kit.settings"
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint", "__import__"})
CLOCK_METHODS = frozenset({"now", "utcnow", "today", "fromtimestamp"})


def impurities(module: Module, others: Mapping[str, Module]) -> list[str]:
    """Everything impure about a module and what it imports of ours, one sentence each."""
    found, seen, waiting = [], set(), [module]
    while waiting:
        one = waiting.pop()
        if one.name in seen:
            continue
        seen.add(one.name)
        found += [f"{one.path}: {fault}" for fault in _own_faults(one)]
        names = set(imported_names(one.tree)) - {DATA_CLASSES_OF}
        waiting += [others[name] for name in sorted(names) if name in others and not name.endswith("settings")]
    return found


def _own_faults(module: Module) -> Iterator[str]:
    for name in sorted(set(imported_names(module.tree))):
        parts = name.split(".")
        if any(".".join(parts[: length + 1]) in IMPURE_MODULES for length in range(len(parts))):
            yield f"imports {name}"
        if name.startswith(IMPURE_OURS):
            yield f"imports {name}"
        if name == f"{DATA_CLASSES_OF}.load_settings":
            yield "reads the settings instead of being given them"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"line {node.lineno} calls {node.func.id}"
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS and _is_clock(node.func.value):
            yield f"line {node.lineno} asks {ast.unparse(node.func)} for the time"


def _is_clock(of: ast.expr) -> bool:
    return ast.unparse(of) in {"datetime", "datetime.datetime", "date", "datetime.date"}
