"""Time comes from one place, in Python and in SQL: otherwise a test that moves the clock would move half of it."""

import ast
import re

from tests.architecture.source import PACKAGE, modules

THE_CLOCK = "kit/clock.py"
# Monotonic clocks measure durations; whoever asks for the time of day asks `cakra.kit.clock.now`.
ASKING = {
    *(
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.date.today",
    ),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime"),
}
# `now()` and `clock_timestamp()` can be moved; these are keywords, other functions, or the words of a literal.
OTHER_CLOCKS = re.compile(
    r"\b(current_(timestamp|time|date)|localtimestamp|(statement|transaction)_timestamp|timeofday|pg_catalog\.now)\b"
    r"|'(now|today|yesterday|tomorrow)'\s*::",
    re.IGNORECASE,
)


def asks(tree: ast.AST) -> list[str]:
    """Calls for the time of day."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("dt.") in ASKING
    ]


def test_the_product_asks_one_clock() -> None:
    assert {one.path: found for one in modules() if one.path != THE_CLOCK and (found := asks(one.tree))} == {}
    assert asks(next(one.tree for one in modules() if one.path == THE_CLOCK)) == ["datetime.now"]


def test_statements_ask_by_two_names() -> None:
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.sql")}
    texts |= {
        f"{one.path}:{node.lineno}": node.value
        for one in modules()
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {place: found[0] for place, text in texts.items() if (found := OTHER_CLOCKS.search(text))} == {}


def test_other_clocks_are_noticed() -> None:
    assert asks(ast.parse("at = datetime.now(UTC); t = time.time()")) == ["datetime.now", "time.time"]
    for text in ("where at > current_timestamp", "select 'now'::timestamptz", "default statement_timestamp()"):
        assert OTHER_CLOCKS.search(text), text
    assert not OTHER_CLOCKS.search("select now() - interval '1 day', clock_timestamp()")
