"""Settings of the machine, its doors and its stages."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from cakra.kit.settings.section import Section


class Database(Section):
    """Where the records are."""

    url: str | None = Field(None, description="PostgreSQL ≥ 15 address; empty: an embedded server is started.")
    owner_url: str | None = Field(
        None, description="Address by which `cakra db migrate` and `db roles` change the schema; empty: the same."
    )
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
    max_bytes_in_flight: int = Field(96 * 1024 * 1024, description="Bodies of cameras that one process holds at once.")
    max_photos: int = Field(8, description="Photographs in one event.")
    max_megapixels: float = Field(40.0, description="Largest photograph.")
    picture_s: float = Field(5.0, gt=0, description="So long may one photograph be inspected.")
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
    """The automatic check of a passage."""

    picture_s: float = Field(
        8.0, gt=0, description="So long may an image process look at one photograph before it is killed."
    )
    processes: int = Field(1, ge=1, description="Image processes of one worker.")


class Plates(Section):
    """The reader of number plates; how sure it must be is policy (`cakra policy show thresholds`)."""

    calibration_file: Path | None = Field(
        None, description="Made by `cakra plates calibrate` on an agency's own frames; empty: the one that ships."
    )


class Watch(Section):
    """When a camera is no longer believed. Source: decision 0021."""

    every_s: float = Field(60.0, gt=0, description="How often the cameras are looked at.")
    agreed: float = Field(0.95, gt=0, lt=1, description="Least share of readings that officers have to confirm.")
    poor: float = Field(0.80, gt=0, lt=1, description="Plainly too low a share; lower than `agreed`.")
    alarm_run: float = Field(1000.0, gt=1, description="Decisions on a camera as agreed between two false alarms.")
    fall_back_run: float = Field(
        10_000.0, gt=1, description="The same for false fall-backs to officers; no lower than `alarm_run`."
    )
    shift: float = Field(0.25, gt=0, description="Population stability index of a week's scores that alarms.")
    least_readings: int = Field(300, ge=50, description="Fewer readings than this are not compared.")
    reference_days: int = Field(14, ge=7, description="Whole days that make a camera's own reference.")
    window_days: int = Field(7, ge=1, description="Whole days that are held against it.")
    audit_one_in: int = Field(
        0, ge=0, description="One in so many cases goes to an officer as a sample, whatever was found; 0: none."
    )


class Law(Section):
    """Choices the law leaves open; each is a directorate's decision."""

    deposit_of_several_offences: Literal["highest", "sum"] = Field(
        "highest", description="Deposit when one passage shows several offences."
    )


class Portal(Section):
    """The citizens' site."""

    base_url: str = Field("http://127.0.0.1:8080", description="Exact official address printed in messages.")
    session_minutes: int = Field(30, description="How long a verified visit lasts.")
    company_code: str = Field("99001", pattern=r"^\d{5}$", description="First five digits of a deposit code.")
    attempts_global: int = Field(
        20000, ge=1, description="Wrong answers of everybody in an hour that `cakra doctor` tells of; closes nothing."
    )


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
