"""What the portal knows of one case, gathered for its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.law.offences import Offence, UnknownOffence
from cakra.core.money import Rupiah
from cakra.core.paper import zone_of
from cakra.core.states.case import Case
from cakra.core.states.party import Party
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.visiting import Visit
from cakra.store.cases import find_case
from cakra.store.db import Row
from cakra.store.parties import find_parties
from cakra.store.sql import load_queries

SQL = load_queries("cakra.doors.citizen", "views.sql")

_LAST_DIGITS = 4
_FASTEST_KMH = 1000
_TO_PHONES = frozenset({"whatsapp", "sms"})


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message we handed over; `ending`: the last four digits of the phone it went to, if to a phone."""

    channel: str
    sender: str
    at: datetime
    ending: str
    proof: str | None
    purpose: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One case as a party may see it after reference and plate. `zone` is the paper's time zone.

    `offences` is empty and `maximum` None when the law on file does not know them on that day: an officer must look.
    """

    case: Case
    party: Party
    reference: str
    plate: str
    place: str
    agency: str
    zone: str
    offences: Sequence[Offence]
    maximum: Rupiah | None
    speed_kmh: float | None
    speed_limit_kmh: float | None
    sent: Sequence[SentMessage]
    pictures: Mapping[str, bytes] = field(repr=False)

    @property
    def on_turn(self) -> bool:
        """Whether it is this party's turn."""
        return self.case.party_id == self.party.party_id


@dataclass(frozen=True, slots=True)
class RegisteredVehicle:
    """What only the second factor opens: the register's word about vehicle and owner."""

    name: str = field(repr=False)
    vehicle: str
    colour: str


async def read_scene(portal: PortalDeps, visit: Visit) -> Scene | None:
    """The case of this visit; None when it is gone (retention), or the reference was closed meanwhile."""
    key = (visit.cell, visit.case_id)
    case = await find_case(portal.pool, visit.cell, visit.case_id)
    row = await portal.pool.fetchrow(SQL.scene, *key, visit.reference)
    party = (await find_parties(portal.pool, [visit.key])).get(visit.key)
    if case is None or row is None or party is None:
        return None
    law = portal.deps.law.offences
    day = case.occurred_at.astimezone(zone_of(row["zone"])).date()
    try:
        offences = [law.at(code, day) for code in case.offences]
    except UnknownOffence:
        offences = []
    return Scene(
        case=case,
        party=party,
        reference=visit.reference,
        plate=_spaced(case.plate or ""),
        place=row["place"],
        agency=row["agency"],
        zone=row["zone"],
        offences=offences,
        maximum=law.deposit(case.offences, day, portal.charges.rule) if offences else None,
        speed_kmh=_speed(row["speed_kmh"]),
        speed_limit_kmh=_speed(row["speed_limit_kmh"]),
        sent=[_sent(portal, told) for told in await portal.pool.fetch(SQL.sent_messages, *visit.key)],
        pictures={told["kind"]: told["sha256"] for told in await portal.pool.fetch(SQL.pictures, *key)},
    )


def registered(portal: PortalDeps, party: Party) -> RegisteredVehicle:
    """Open the party's own data; only for a proved visit."""
    told: dict[str, Any] = {}
    if party.contact is not None:
        told = portal.addressees.open_record(party.contact, party.party_id.to_bytes(8))
    vehicle = " ".join(str(told[part]) for part in ("brand", "model", "year") if told.get(part))
    return RegisteredVehicle(told.get("name") or "", vehicle, told.get("colour") or "")


def _sent(portal: PortalDeps, row: Row) -> SentMessage:
    content = portal.notices.open_record(row["content"], row["notice_id"].to_bytes(8))
    phone = content.get("recipient") if row["channel"] in _TO_PHONES else None
    ending = str(phone or "")[-_LAST_DIGITS:]
    return SentMessage(row["channel"], row["sender"], row["at"], ending, row["proof"], row["purpose"])


def _speed(told: str | None) -> float | None:
    """Kilometres an hour as the camera's record has them; None for what is no speed."""
    try:
        speed = float(told or "")
    except ValueError:
        return None
    return speed if 0 < speed < _FASTEST_KMH else None


def _spaced(plate: str) -> str:
    try:
        return parse_plate(plate).spaced
    except PlateError:
        return plate
