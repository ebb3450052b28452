"""A city that does not exist: its register, its cameras, and one officer."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cakra.core.law.offences import OffenceCatalogue
from cakra.core.policy.kinds import ZONES
from cakra.journey.ownership.importing.register import import_register
from cakra.journey.ownership.lookup import count_registered
from cakra.journey.staff.officers import add_officer, authorise
from cakra.kit.clock import now
from cakra.sandbox.cameras.pool import RegisteredVehicle, registered
from cakra.sandbox.cameras.sites import SITES
from cakra.sandbox.register import generate
from cakra.store.policies import Draft, enact, renew_book
from cakra.store.policies.reading import packaged_text
from cakra.wiring.world import World

Progress = Callable[[int, int | None], None]
REGISTER_ROWS, SEED = 200_000, 20261121
OFFICER = "contoh"
# Odd-even rests on weekends and at night; a demonstration does not.
_ZONE = """
[[zone]]
id = "contoh"
jurisdiction = "PMJ"
zone = "Asia/Jakarta"
valid_from = 2026-01-01
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
windows = ["00:00-23:59:59.999999"]
pauses_on_holidays = false
basis = "CONTOH: kawasan sementara untuk peragaan"

[[zone.road]]
name = "Jl. M.H. Thamrin"

[[zone.road]]
name = "Jl. Jenderal Sudirman"
"""
_CASE_TABLES = (
    "case_file, case_event, camera_event, photo, screening, derived_picture, notice, attempt, receipt, callback, "
    "sender_state, sender_event, pair_pace, portfolio, quarantine, answer, deposit_code, staff_session, staff_access, "
    "attempt_limit, portal_try, second_factor, staff_refusal, standing_authorisation"
)


@dataclass(frozen=True, slots=True)
class City:
    """What the simulated side must know: cameras' keys, vehicles to play with, chassis ends, the officer's password."""

    keys: dict[str, bytes]
    vehicles: list[RegisteredVehicle]
    chassis: dict[str, str]
    password: str


async def build(world: World, folder: Path, progress: Progress) -> City:
    """An empty case book, the register (imported once), cameras with fresh keys, an officer with a fresh password."""
    await world.pool.execute(f"truncate {_CASE_TABLES}")
    samples = await _register(world, folder, progress)
    await _jurisdiction(world)
    await _odd_even(world)
    keys = await _cameras(world)
    password = await _officer(world)
    vehicles = [_vehicle(sample) for sample in samples]
    return City(
        keys,
        [vehicle for vehicle in vehicles if vehicle is not None],
        {sample["plate"]: sample["chassis_last5"] for sample in samples},
        password,
    )


async def _register(world: World, folder: Path, progress: Progress) -> list[dict[str, Any]]:
    kept = folder / "samples.json"
    if kept.is_file() and await count_registered(world.pool) > 0:
        known: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
        return known
    path = folder / "register.parquet"
    generated = generate(REGISTER_ROWS, SEED, path, progress)
    await import_register(
        world.pool,
        world.sealer("register"),
        path,
        source="demo",
        synthetic=True,
        report=folder / "register.wrong.csv",
        progress=progress,
    )
    path.unlink()
    samples = json.loads(json.dumps([asdict(sample) for sample in generated.samples], default=str))
    kept.write_text(json.dumps(samples), encoding="utf-8")
    return list(samples)


def _vehicle(sample: dict[str, Any]) -> RegisteredVehicle | None:
    sold = sample["sold_on"]
    return registered(
        sample["plate"],
        sample["kind"],
        sample["colour"],
        sample["plate_colour"],
        electric=sample["electric"],
        has_phone=sample["has_phone"],
        sold_on=date.fromisoformat(sold) if sold else None,
    )


async def _jurisdiction(world: World) -> None:
    await world.pool.execute(
        "insert into jurisdiction (code, name, zone, first_cell, cells) values "
        "('PMJ', 'Ditlantas Polda Contoh', 'Asia/Jakarta', 0, 16) on conflict do nothing"
    )


async def _odd_even(world: World) -> None:
    """The packaged zones and one around the clock, from today on."""
    await renew_book(world.pool, world.policies)
    text, day = packaged_text(ZONES) + _ZONE, world.policies.day_of("PMJ", now())
    await enact(world.pool, world.policies, Draft(ZONES.name, "PMJ", day, text))


async def _cameras(world: World) -> dict[str, bytes]:
    sealer, keys = world.sealer("camera"), {site.code: secrets.token_bytes(32) for site in SITES}
    for site in SITES:
        await world.pool.execute(
            "insert into camera (code, jurisdiction, name, place, road, zone, hmac_key, approved_offences, "
            "calibrated_until, audited_precision, speed_limit_kmh) "
            "values ($1, 'PMJ', $1, $2, $3, 'Asia/Jakarta', $4, $5, $6, 0.99, $7) "
            "on conflict (code) do update "
            "set hmac_key = excluded.hmac_key, calibrated_until = excluded.calibrated_until",
            site.code,
            f"{site.road}, Jakarta",
            site.road,
            sealer.seal(keys[site.code], site.code.encode()),
            list(site.offences),
            now() + timedelta(days=365),
            site.speed_limit_kmh,
        )
    return keys


async def _officer(world: World) -> str:
    password = f"contoh-{secrets.token_hex(4)}"
    await world.pool.execute("delete from officer_grant where username = $1", OFFICER)
    await world.pool.execute("delete from officer where username = $1", OFFICER)
    await add_officer(
        world.pool,
        OFFICER,
        name="Petugas Contoh",
        rank="Ipda",
        role="supervisor",
        certified=True,
        password=password,
    )
    catalogue: OffenceCatalogue = world.law.offences
    start: datetime = now() - timedelta(days=30)
    await authorise(
        world.pool,
        OFFICER,
        jurisdiction="PMJ",
        offences=list(catalogue.codes),
        valid_from=start,
        valid_to=None,
        document="CONTOH/2026",
    )
    return password
