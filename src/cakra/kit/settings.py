"""One place for configuration: `cakra.toml` (or the file CAKRA_CONFIG names), then CAKRA_* variables.

Nested names are joined by two underscores: CAKRA_DATABASE__URL. An unknown key refuses to start.
`docs/reference/settings.md` is generated from here; a test fails when a setting is undocumented.
"""

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from cakra.kit.errors import SetupError


class Section(BaseModel):
    """A named part of the settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Section):
    """Where the records are."""

    url: str | None = Field(None, description="PostgreSQL ≥ 15 address; empty: an embedded server is started.")
    folder: Path = Field(Path("var/postgresql"), description="Data directory of the embedded server.")
    pool: int = Field(8, ge=2, description="Connections per process.")


class Keys(Section):
    """Secrets; in production from the environment, never from a file in the repository."""

    root: str = Field("", description="64 hex characters; seals personal data at rest.")
    cookie: str = Field("", description="Derived from the root key when empty; signs and seals cookies.")


class Photos(Section):
    """The evidence store."""

    url: str = Field("var/photos", description="A folder, or s3://bucket/prefix.")
    flush_ms: float = Field(4.0, ge=0, description="How long a photograph waits for companions of its flush.")


class Intake(Section):
    """Limits and tolerances at the cameras' door."""

    max_request_bytes: int = Field(12 * 1024 * 1024, description="Largest request body.")
    max_bytes_in_flight: int = Field(96 * 1024 * 1024, description="Request bodies one process holds at once.")
    max_photos: int = Field(8, description="Photographs in one event.")
    max_megapixels: float = Field(40.0, description="Largest photograph.")
    signature_tolerance_s: int = Field(300, description="Accepted age of a camera's signature.")
    future_tolerance_s: float = Field(10.0, description="How far ahead of our clock an event may be.")
    passage_window_s: float = Field(120.0, description="Records of one plate within this are one passage.")
    hold_s: float = Field(2.0, ge=0, description="A passage waits this long for companion records before screening.")
    quarantine_days: int = Field(30, description="How long quarantined input is kept.")
    stranger_quarantine_mb: int = Field(64, description="Kept per hour of input that nobody known signed.")
    hikvision_key: str = Field("", description="Shared secret in the ISAPI push path of cameras that cannot sign.")
    ftp_folder: Path | None = Field(None, description="Watched folder of the Hikvision FTP drop.")
    settle_s: float = Field(2.0, description="A dropped file is read when its size stood still for this long.")


class Screening(Section):
    """Thresholds of the automatic check. Source: vision fact sheet, sections 3c, 3d and 5."""

    accept_margin: float = Field(4.0, description="Claim's lead over the best rival reading, in nats.")
    mismatch_margin: float = Field(-4.0, description="At or below: the photograph shows another plate.")
    min_height_px: float = Field(24.0, description="Plate height that may be accepted by the machine.")
    unreadable_height_px: float = Field(16.0, description="Below this nothing is decided from the picture.")
    min_sharpness: float = Field(80.0, description="Weaker second-derivative variance; below it a person looks.")
    min_audited_precision: float = Field(0.95, description="Camera precision for an automatic decision.")
    processes: int = Field(1, ge=1, description="Image processes of one worker.")


class Law(Section):
    """Choices the law leaves open; each is a directorate's decision."""

    deposit_of_several_offences: Literal["highest", "sum"] = Field(
        "highest", description="Deposit when one passage shows several offences."
    )
    odd_even_zones: Path | None = Field(
        None, description="More odd-even zones (TOML as core/law/data/oddeven.toml), such as those of a state visit."
    )


class WhatsApp(Section):
    """The WhatsApp Business account that sends."""

    base_url: str = Field(
        "http://127.0.0.1:8090", description="Provider's address; loopback with a synthetic register."
    )
    api_version: str = Field("v25.0", description="Graph API version.")
    account_id: str = Field("100000000000001", description="WhatsApp Business account id.")
    phone_number_id: str = Field("100000000000002", description="Sending phone number id.")
    display_number: str = Field("+62 800 0000 0000", description="As published in the register of official senders.")
    access_token: str = Field("", description="System user token.")
    app_secret: str = Field("", description="Signs webhooks.")
    verify_token: str = Field("", description="Confirms the webhook subscription.")
    timeout_s: float = Field(10.0, gt=0, description="After this a call's outcome is unknown.")
    connections: int = Field(64, ge=1, description="Calls in flight at once.")


class Sms(Section):
    """SMS, off by policy: one short text without a link, through an SMS centre (SMPP) or an aggregator."""

    enabled: bool = Field(default=False, description="Only when the directorate has decided so in writing.")
    provider: Literal["smpp", "infobip"] = Field("smpp", description="An SMS centre, or an aggregator over HTTP.")
    source: str = Field("", description="Registered sender: a name of at most 11 characters, or a number.")
    brand: str = Field("ETLE", description="Must be in every text, as the networks ask.")
    host: str = Field("127.0.0.1", description="SMS centre; loopback with a synthetic register.")
    port: int = Field(2775, description="Its port.")
    tls: bool = Field(default=False, description="SMPP over TLS.")
    system_id: str = Field("", description="Who we are at the SMS centre.")
    password: str = Field("", description="At most 8 characters, as SMPP 3.4 has it.")
    system_type: str = Field("", description="Where the SMS centre asks for one.")
    window: int = Field(10, ge=1, le=1000, description="Submits without an answer at once.")
    submits_per_s: float = Field(50.0, ge=1, description="Agreed rate; lowered by itself while we are throttled.")
    response_timeout_s: float = Field(10.0, gt=0, description="After this a submit's outcome is unknown.")
    enquire_s: float = Field(30.0, gt=0, description="A connection silent for this long is asked whether it lives.")
    validity_h: int = Field(12, ge=1, le=99, description="The network gives up after this: no SMS after the letter.")
    message_ids: Literal["same", "hex_then_decimal", "decimal_then_hex"] = Field(
        "same", description="How the SMS centre writes ids in its answers and in its receipts."
    )
    alphabet: Literal["gsm", "latin1"] = Field("gsm", description="What data coding the SMS centre takes.")
    receipt_zone: str = Field("Asia/Jakarta", description="Zone of the times in the SMS centre's receipts.")
    echoes_reference: bool = Field(default=False, description="The SMS centre returns user_message_reference.")
    infobip_base_url: str = Field("", description="The account's own address; loopback with a synthetic register.")
    infobip_key: str = Field("", description="API key.")
    infobip_callback_url: str = Field("", description="Where delivery reports are to be posted.")
    infobip_callback_user: str = Field("", description="Basic authentication of those posts.")
    infobip_callback_password: str = Field("", description="Basic authentication of those posts.")


class Email(Section):
    """E-mail through a mail server beside us (Postfix), which queues, encrypts and repeats; off without a host."""

    host: str = Field("", description="Mail server that takes our messages; empty: no e-mail.")
    port: int = Field(25, ge=1, le=65535, description="Its port.")
    tls: Literal["none", "offered", "required", "implicit"] = Field(
        "offered",
        description="STARTTLS when offered, or required (certificate checked); implicit: TLS from the first byte.",
    )
    ca_file: Path | None = Field(None, description="Certificates to check the server by; empty: the system's.")
    user: str = Field("", description="Signs in, where the server asks for it.")
    password: str = Field("", description="Only sent to a server that proved who it is, or on loopback.")
    envelope_domain: str = Field("", description="Bounces come back to bounce+…@ this domain.")
    bounce_folder: Path | None = Field(None, description="Maildir in which these bounces arrive.")
    from_address: str = Field("", description="As published in the register of official senders.")
    from_name: str = Field("", description="Shown beside the address.")
    dkim_domain: str = Field("", description="Domain that signs; the sender's own or above it.")
    dkim_selector: str = Field("", description="Names the public key in the DNS.")
    dkim_key_file: Path | None = Field(None, description="Private key, RSA of at least 2,048 bits, PEM.")
    connections: int = Field(8, ge=1, description="Messages handed over at once.")
    timeout_s: float = Field(30.0, gt=0, description="After this a hand-over's outcome is unknown.")


class Letter(Section):
    """Letters, printed and posted by a print house that gets a batch a day over SFTP; off without a host."""

    enabled: bool = Field(default=False, description="Letters are set and kept for the print house.")
    spool: Path = Field(Path("var/letters"), description="Where letters wait for their batch; holds addresses.")
    prefix: str = Field("CAKRA", pattern=r"^[A-Z0-9]{1,12}$", description="Batches are named PREFIX-20261121.")
    service_class: str = Field("REGULER", description="Postal service, as agreed with the print house.")
    offices: Path | None = Field(None, description="Offices and Posko (TOML as outside/letter/office.toml).")
    host: str = Field("", description="Print house; loopback with a synthetic register.")
    port: int = Field(22, ge=1, le=65535, description="Its SFTP port.")
    user: str = Field("", description="Our account there.")
    key_file: Path | None = Field(None, description="Our private SSH key.")
    known_hosts: Path | None = Field(None, description="Its host key, as in OpenSSH's known_hosts.")
    folder: str = Field(".", description="Where archives are put.")
    responses: str = Field("responses", description="Where its response files lie.")
    timeout_s: float = Field(60.0, gt=0, description="A print house silent for this long is given up.")
    signing_key: Path | None = Field(None, description="Ed25519 key that signs batches, PEM.")


class Notice(Section):
    """How a notice is worded and how long it waits."""

    unknown_after_s: float = Field(60.0, description="A leased send without an answer is unknown after this.")
    settle_after_s: float | None = Field(
        None, gt=0, description="How long every channel waits for proof, instead of the ladder's own times."
    )
    max_tries: int = Field(6, description="Attempts on one rung while the provider says try again.")


class Portal(Section):
    """The citizens' site."""

    base_url: str = Field("http://127.0.0.1:8080", description="Exact official address printed in messages.")
    session_minutes: int = Field(30, description="How long a verified visit lasts.")
    company_code: str = Field("99001", pattern=r"^\d{5}$", description="First five digits of a deposit code.")
    attempts_per_reference: int = Field(10, description="Wrong answers per reference and hour.")
    attempts_per_address: int = Field(60, description="Wrong answers per network address and hour.")
    attempts_global: int = Field(20000, description="Wrong answers of everybody per hour.")


class Web(Section):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, description="Port to listen on.")
    secure_cookies: bool = Field(default=False, description="Send cookies over HTTPS only; on in production.")
    trusted_proxies: tuple[str, ...] = Field((), description="Proxies whose forwarded address is believed.")


class Worker(Section):
    """The engine."""

    batch: int = Field(500, ge=1, description="Cases of one claim.")
    lease_s: float = Field(30.0, gt=0, description="A claim ends after this if its worker is gone.")
    sweep_s: float = Field(0.5, gt=0, description="How often work that became due, or was missed, is looked for.")
    flush_ms: float = Field(30.0, ge=0, description="How long answers of a provider wait to be written together.")


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
    law: Law = Law()
    whatsapp: WhatsApp = WhatsApp()
    sms: Sms = Sms()
    email: Email = Email()
    letter: Letter = Letter()
    notice: Notice = Notice()
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
    except tomllib.TOMLDecodeError as problem:
        raise SetupError(f"{config_file()} is not readable as TOML: {problem}.") from problem
    short = os.environ.get("CAKRA_DATABASE_URL")
    if short and not settings.database.url:
        settings = settings.model_copy(update={"database": settings.database.model_copy(update={"url": short})})
    return settings
