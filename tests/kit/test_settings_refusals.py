"""Configuration: every setting is documented, and a wrong one refuses to start with a sentence."""

from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.architecture.source import ROOT

from cakra.kit.errors import SetupError
from cakra.kit.settings import Settings, load_settings

REFERENCE = ROOT / "docs" / "reference" / "settings.md"


def variables(model: type[BaseModel] = Settings, prefix: str = "CAKRA_") -> list[str]:
    """Every variable that sets something."""
    names = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += variables(kind, f"{prefix}{name.upper()}__")
        else:
            names.append(f"{prefix}{name.upper()}")
    return names


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and none of the caller's CAKRA_ variables."""
    import os

    for name in list(os.environ):
        if name.startswith("CAKRA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_variable_is_in_the_reference() -> None:
    text = REFERENCE.read_text("utf-8")
    missing = [name for name in variables() if f"`{name}`" not in text]
    assert not missing, f"`make reference` writes them: {missing}"
    assert len(variables()) > 50


def test_every_setting_says_what_it_is() -> None:
    def bare(model: type[BaseModel]) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                assert kind.__doc__
                found += bare(kind)
            elif not field.description:
                found.append(f"{model.__name__}.{name}")
        return found

    assert not bare(Settings)


def test_defaults_load_without_a_file() -> None:
    assert load_settings().worker.batch == 500


def test_a_file_and_a_variable_are_read_and_the_variable_wins(own_place: Path, monkeypatch) -> None:
    (own_place / "cakra.toml").write_text('log_level = "debug"\n[web]\nport = 9000\nhost = "::1"\n')
    monkeypatch.setenv("CAKRA_WEB__PORT", "9001")
    settings = load_settings()
    assert (settings.log_level, settings.web.host, settings.web.port) == ("debug", "::1", 9001)


@pytest.mark.parametrize("name", ["CAKRA_WORKERS__BATCH", "CAKRA_PORT", "CAKRA_WEBPORT", "CAKRA_"])
def test_an_unknown_variable_refuses_to_start(monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SetupError, match=f"Unknown setting {name}; see docs/reference/settings.md"):
        load_settings()


@pytest.mark.parametrize("name", ["CAKRA_WEB__PROT", "CAKRA_WEB__PORT__HIGH"])
def test_an_unknown_variable_of_a_section_refuses_to_start(monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SetupError, match=r"web\.(prot|port)"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[web]\nprot = 1\n", r"web\.prot"),
        ("[wbe]\nport = 1\n", "wbe"),
        ("colour = 'red'\n", "colour"),
        ("[web]\nport = 'high'\n", r"web\.port"),
        ("[worker]\nbatch = 0\n", r"worker\.batch"),
        ("log_level = 'loud'\n", "log_level"),
    ],
)
def test_a_wrong_key_or_value_of_the_file_refuses_to_start(own_place: Path, text: str, names: str) -> None:
    (own_place / "cakra.toml").write_text(text)
    with pytest.raises(SetupError, match=names) as refused:
        load_settings()
    assert "docs/reference/settings.md" in refused.value.sentence


def test_a_list_that_is_no_json_is_told_how_to_be_written(monkeypatch) -> None:
    monkeypatch.setenv("CAKRA_WEB__TRUSTED_PROXIES", "B")
    with pytest.raises(SetupError, match=r'web.*as \["B"\]'):
        load_settings()


def test_a_file_that_is_no_toml_refuses_to_start(own_place: Path) -> None:
    (own_place / "cakra.toml").write_text("[web\nport = 1")
    with pytest.raises(SetupError, match=r"cakra\.toml"):
        load_settings()


def test_a_named_file_must_exist(own_place: Path, monkeypatch) -> None:
    monkeypatch.setenv("CAKRA_CONFIG", str(own_place / "nowhere.toml"))
    with pytest.raises(SetupError, match=r"nowhere\.toml"):
        load_settings()


def test_the_short_database_address_is_taken_and_the_long_one_wins(monkeypatch) -> None:
    monkeypatch.setenv("CAKRA_DATABASE_URL", "postgresql://a/b")
    assert load_settings().database.url == "postgresql://a/b"
    monkeypatch.setenv("CAKRA_DATABASE__URL", "postgresql://c/d")
    assert load_settings().database.url == "postgresql://c/d"
