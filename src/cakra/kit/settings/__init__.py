"""One place for configuration: `cakra.toml` (or the file CAKRA_CONFIG names), then CAKRA_* variables.

Nested names are joined by two underscores: CAKRA_DATABASE__URL. An unknown key refuses to start.
`docs/reference/settings.md` is generated from here; a test fails when a setting is undocumented.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cakra.kit.errors import SetupError
from cakra.kit.settings.delivery import Email, Health, Letter, Notice, Senders, Sms, WhatsApp, WhatsAppNumber
from cakra.kit.settings.money import Canary, Costs
from cakra.kit.settings.parts import Database, Intake, Keys, Law, Photos, Plates, Portal, Screening, Watch, Web, Worker
from cakra.kit.settings.section import Section

__all__ = [
    "Canary",
    "Costs",
    "Database",
    "Email",
    "Health",
    "Intake",
    "Keys",
    "Law",
    "Letter",
    "Notice",
    "Photos",
    "Plates",
    "Portal",
    "Screening",
    "Section",
    "Senders",
    "Settings",
    "Sms",
    "Watch",
    "Web",
    "WhatsApp",
    "WhatsAppNumber",
    "Worker",
    "config_file",
    "load_settings",
]


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="CAKRA_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    demo: bool = Field(default=False, description="Stamps CONTOH on everything; only ever with a synthetic register.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    database: Database = Database()
    keys: Keys = Keys()
    photos: Photos = Photos()
    intake: Intake = Intake()
    screening: Screening = Screening()
    plates: Plates = Plates()
    watch: Watch = Watch()
    law: Law = Law()
    whatsapp: WhatsApp = WhatsApp()
    sms: Sms = Sms()
    email: Email = Email()
    letter: Letter = Letter()
    health: Health = Health()
    notice: Notice = Notice()
    costs: Costs = Costs()
    canary: Canary = Canary()
    senders: Senders = Senders()
    portal: Portal = Portal()
    web: Web = Web()
    worker: Worker = Worker()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


# Read by tools around the product, not by Settings.
_OTHER_VARIABLES = {"CAKRA_CONFIG", "CAKRA_SHARED", "CAKRA_DATABASE_URL", "CAKRA_TEST_DATABASE_URL"}


def config_file() -> Path | None:
    """The configuration file in force, if any."""
    named = os.environ.get("CAKRA_CONFIG")
    if named and not Path(named).is_file():
        raise SetupError(f"CAKRA_CONFIG names {named}, which is not a file.")
    path = Path(named or "cakra.toml")
    return path if path.is_file() else None


def load_settings() -> Settings:
    """Read and check all settings; SetupError names the wrong key and what is allowed."""
    known = {f"CAKRA_{name.upper()}" for name in Settings.model_fields}
    for variable in os.environ:
        if not variable.startswith("CAKRA_") or variable in _OTHER_VARIABLES:
            continue
        if variable not in known and variable.split("__")[0] not in known:
            raise SetupError(f"Unknown setting {variable}; see docs/reference/settings.md.")
    try:
        settings = Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SetupError(f"Setting {where}: {first['msg']}. See docs/reference/settings.md.") from problem
    except SettingsError as problem:
        message = f'{problem}: write lists and tables as JSON, as ["B"]. See docs/reference/settings.md.'
        raise SetupError(message[:1].upper() + message[1:]) from problem
    except (ValueError, RecursionError) as problem:
        raise SetupError(f"{config_file()} is not readable as TOML: {problem}.") from problem
    short = os.environ.get("CAKRA_DATABASE_URL")
    if short and not settings.database.url:
        settings = settings.model_copy(update={"database": settings.database.model_copy(update={"url": short})})
    return settings
