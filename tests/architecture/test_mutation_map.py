"""The mutation run knows which tests belong to each pure module, and those tests exist."""

import tomllib

from tests.architecture.source import ROOT, modules

BELONGS = tomllib.loads((ROOT / "tools" / "mutation.toml").read_text(encoding="utf-8"))["tests"]
PURE = {
    one.name
    for one in modules()
    if one.path.startswith(("core/", "plates/decision/"))
    or (one.path.startswith(("journey/", "delivery/")) and one.path.endswith("/rules.py"))
}


def test_every_pure_module_has_its_line() -> None:
    assert set(BELONGS) == PURE


def test_the_tests_named_there_exist() -> None:
    named = {test for tests in BELONGS.values() for test in tests}
    assert named
    assert not [test for test in sorted(named) if not (ROOT / test).is_file()]
