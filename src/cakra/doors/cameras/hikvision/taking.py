"""Taking in what a Hikvision camera sent, by whatever door: its records, their pictures, and what becomes of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cakra.core.errors import InputError
from cakra.core.states.case import Finding
from cakra.doors.cameras.body import Received
from cakra.doors.cameras.deps import CameraDoors
from cakra.doors.cameras.hikvision import notes
from cakra.doors.cameras.hikvision.claim import PLATE_KIND, SCENE_KIND, NamedPicture, claims_of, companion
from cakra.doors.cameras.hikvision.reading.kinds import EventKind
from cakra.doors.cameras.hikvision.reading.names import NameTold
from cakra.doors.cameras.hikvision.reading.record import HikvisionRecord, picture_kind, records_of
from cakra.doors.cameras.hikvision.reading.text import Document, read_documents
from cakra.doors.cameras.reception import inspect_pictures, keep, submit
from cakra.evidence.hashes import sha256
from cakra.journey.intake import Accepted, Camera, EventClaim, Placed

_FACES = frozenset({"pilotpicture", "copilotpicture", "facepicture", "vicepilotpicture", "driverpicture"})
_TELLING = (SCENE_KIND, "vehiclepicture", "panoramapicture", "compositepicture", PLATE_KIND)
_LONGEST_ID = 64


class Became(StrEnum):
    """What became of one request or file."""

    TAKEN = "taken"  # at least one event is durable
    NOTED = "noted"  # a sign of life, motion …: nothing is kept
    WAITING = "waiting"  # kept aside; its pictures come with another request


@dataclass(frozen=True, slots=True)
class SentPicture:
    """The bytes of one picture under the name its sender gave it."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """`accepted`: the durable events, the first record's own offence first."""

    became: Became
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request or file, taken apart. `whole`: nothing of it can be missing; `named`: what its file's name tells."""

    documents: Sequence[Document]
    xml: bytes = field(repr=False)
    sent: Sequence[SentPicture] = ()
    found: Sequence[Finding] = ()
    whole: bool = True
    named: NameTold = field(default_factory=NameTold)

    @classmethod
    def of(
        cls, xml: bytes, sent: Sequence[SentPicture] = (), *, charset: str = "", named: NameTold | None = None
    ) -> "Parcel":
        """InputError when there is no record in the XML."""
        return cls(read_documents(xml, charset), xml, sent, named=named or NameTold())


async def take_parcel(doors: CameraDoors, camera: Camera, received: Received, parcel: Parcel) -> Taken:
    """Make every event of it durable. InputError names what is wrong with what could not be taken; StoreError."""
    records = [
        (record, document) for document in parcel.documents if document.root is not None
        for record in records_of(document.root)
    ]  # fmt: skip
    events = [(record, document) for record, document in records if _is_event(record, parcel)]
    fault = next((document.fault for document in parcel.documents if document.fault), None)
    if not events:
        if fault is not None:
            raise fault
        return Taken(Became.NOTED)
    if not parcel.sent and all(record.more_data for record, _ in events):
        await keep(doors, received, camera, "awaiting_pictures", "Its pictures are said to come with another request.")
        return Taken(Became.WAITING)
    pictures, found = await _pictures(doors, parcel)
    accepted: list[Accepted] = []
    for record, document in events:
        own, shared = _own_pictures(record, pictures, len(events))
        told = [*parcel.found, *found, *shared]
        told += [notes.record_mended(document.mended)] if document.mended else []
        claims = claims_of(
            record,
            own,
            camera,
            received,
            named=parcel.named if len(events) == 1 else replace(parcel.named, plate=None),
            found=told,
            future_s=doors.settings.future_tolerance_s,
        )
        original = parcel.xml if document.mended else None
        accepted += await _take_claims(
            doors, camera, received, record, [replace(claims[0], original=original), *claims[1:]], own
        )
    if fault is not None:  # the sender hears of it; what was taken is the same when it comes again
        raise fault
    return Taken(Became.TAKEN, tuple(accepted))


def _is_event(record: HikvisionRecord, parcel: Parcel) -> bool:
    """An alert that says nothing, or that something has ended, is an event only when it brings pictures."""
    match record.kind:
        case EventKind.OTHER:
            return False
        case EventKind.EMPTY:
            return bool(parcel.sent)
        case EventKind.EVENT:
            return bool(parcel.sent) or not record.ended


async def _pictures(doors: CameraDoors, parcel: Parcel) -> tuple[list[NamedPicture], list[Finding]]:
    """Those that are photographs and may be kept, and what is to be said of the others."""
    faces = [one.name for one in parcel.sent if picture_kind(one.name) in _FACES]
    found = [notes.faces_aside(faces)] if faces else []
    good: list[NamedPicture] = []
    faults: list[tuple[str, InputError]] = []
    for one in parcel.sent:
        if one.name in faces:
            continue
        try:
            [picture] = await inspect_pictures(doors, [one.data])
        except InputError as fault:
            if not parcel.whole:
                raise
            faults.append((one.name, fault))
        else:
            good.append(NamedPicture(one.name, picture))
    if faults and not good:
        raise faults[0][1]
    most = doors.settings.max_photos
    if len(good) > most:
        ranked = sorted(good, key=lambda one: _rank(one.name))
        found.append(notes.pictures_over([one.name for one in ranked[most:]], most))
        good = [one for one in good if one in ranked[:most]]
    found += [
        notes.picture_aside(name, wrong, doubtful=picture_kind(name) in {SCENE_KIND, PLATE_KIND})
        for name, wrong in faults
    ]
    return good, found


def _rank(name: str) -> int:
    kind = picture_kind(name)
    return _TELLING.index(kind) if kind in _TELLING else len(_TELLING)


def _own_pictures(
    record: HikvisionRecord, pictures: Sequence[NamedPicture], records: int
) -> tuple[list[NamedPicture], list[Finding]]:
    """All of a lone record; of several each has those that its list names, else all of them, doubted."""
    if records == 1:
        return list(pictures), []
    names = {named.file_name for named in record.pictures if named.file_name}
    own = [one for one in pictures if one.name in names and not _is_general(one.name)]
    return (own, []) if own else (list(pictures), [notes.pictures_shared(records)])


def _is_general(name: str) -> bool:
    return picture_kind(name).endswith("picture")


async def _take_claims(  # noqa: PLR0917 - what was sent, read in three ways
    doors: CameraDoors,
    camera: Camera,
    received: Received,
    record: HikvisionRecord,
    claims: Sequence[EventClaim],
    pictures: Sequence[NamedPicture],
) -> list[Accepted]:
    """The first claim, then its companions under the id that the first was given."""
    photographs = [one.picture for one in pictures]
    first = claims[0]
    accepted = await submit(doors, camera, received, first, photographs)
    if accepted.placed is Placed.CONFLICT:
        known = await doors.events.stored(camera.code, first.event_id)
        if known is not None and known.is_same(first, doors.settings.passage_window_s, again=record.retransmitted):
            accepted = replace(accepted, placed=Placed.REPEATED)
        else:  # this vendor uses an id again for another passage: it is an event of its own
            first = _renamed(first)
            accepted = _again(await submit(doors, camera, received, first, photographs))
    companions = [companion(first, claim.offence) for claim in claims[1:]]
    return [accepted, *[_again(await submit(doors, camera, received, claim, photographs)) for claim in companions]]


def _again(accepted: Accepted) -> Accepted:
    """Under an id that we made of the event itself, other content is only another sending of it."""
    return replace(accepted, placed=Placed.REPEATED) if accepted.placed is Placed.CONFLICT else accepted


def _renamed(claim: EventClaim) -> EventClaim:
    """Under an id that tells this passage of the camera's id apart; the same however often it is sent."""
    said = f"{claim.raw_time}|{claim.plate}|{claim.offence}".encode("utf-8", "replace")
    name = f"{claim.event_id[: _LONGEST_ID - 13]}~{sha256(said).hex()[:12]}"
    return replace(claim, event_id=name, record={**claim.record, "event_id": name})


def answer_facts(taken: Taken) -> Mapping[str, int]:
    """What an answer says beside its first event: how many events there were, when more than one."""
    return {"events": len(taken.accepted)} if len(taken.accepted) > 1 else {}
