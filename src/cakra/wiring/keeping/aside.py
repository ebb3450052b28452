"""Where lanes put what they cannot take, how it is handed to them again, and what `cakra doctor` says of it."""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cakra.core.errors import InputError, SetupError
from cakra.core.ports import Channel
from cakra.delivery.inbound import understand_again
from cakra.delivery.proof.keeping import keep_callback
from cakra.journey.intake import KeptInput, Quarantine, Release, Released, UnreadableInput
from cakra.kit.clock import now
from cakra.kit.ids import new_id
from cakra.kit.settings import Settings
from cakra.store.db import Connection
from cakra.store.faults.aside import INPUT_CODE, KeepInput, inputs_aside, lane_faults, list_aside
from cakra.wiring.outgoing.sms import INFOBIP, SMPP
from cakra.wiring.world import World

CALLBACKS, BOUNCES, INBOUND = "callbacks:", "bounces", "inbound:"
"""How the doors of lanes' inputs in `quarantine` begin; what follows names the provider or the channel."""
LANE_DOORS = (
    *(f"{CALLBACKS}{provider}" for provider in (Channel.WHATSAPP.value, SMPP, INFOBIP)),
    BOUNCES,
    f"{INBOUND}{Channel.WHATSAPP.value}",
)
"""Every door whose inputs `hand_back` takes."""
_KEPT = timedelta(days=30)
_MOST_NAMED = 5
_HANDED = Released("handed_back", "Diserahkan kembali kepada mesin.", "Handed to the machine again.")


def keep_input(world: World) -> KeepInput:
    """Puts an input into quarantine, sealed and whole, where `cakra quarantine` shows it."""
    quarantine = Quarantine(world.pool, world.sealer("quarantine"), world.settings.intake)

    async def keep(door: str, reason: str, body: bytes, received_at: datetime) -> None:
        told = f"It was tried several times and could not be taken ({reason})."
        await quarantine.keep(
            UnreadableInput(door, None, True, INPUT_CODE, told, received_at, sha256(body).digest(), body)
        )

    return keep


def lane_releases(world: World) -> dict[str, Release]:
    """Door of a lane → how what it set aside is handed to it again, for the quarantine's desk."""

    async def again(kept: KeptInput) -> Released:
        await hand_back(world, kept.door, kept.body)
        return _HANDED

    return dict.fromkeys(LANE_DOORS, again)


async def hand_back(world: World, door: str, body: bytes) -> bool:
    """Hand an input that a lane had set aside to that lane again; False when the door is not one of theirs.

    InputError says why it cannot be handed back.
    """
    if door.startswith(CALLBACKS):
        await keep_callback(world.pool, world.sealer("callback"), door.removeprefix(CALLBACKS), body, _KEPT)
        return True
    if door == BOUNCES:
        folder = world.settings.email.bounce_folder
        if folder is None:
            raise InputError("No mailbox of bounces is set (CAKRA_EMAIL__BOUNCE_FOLDER) that could take it.")
        await asyncio.to_thread(_deliver, folder, body)
        return True
    if door.startswith(INBOUND):
        await understand_again(world.pool, world.sealer("inbound"), door.removeprefix(INBOUND), body)
        return True
    return False


def _deliver(folder: Path, body: bytes) -> None:
    """Into a Maildir folder: written as a hidden file of `cur`, moved to `new` when it is whole. OSError."""
    name = f"{int(now().timestamp())}.{new_id()}.released"
    part = folder / "cur" / f".{name}"
    part.write_bytes(body)
    part.rename(folder / "new" / name)


async def aside_told(_settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: that nothing was set aside; SetupError names what was."""
    found = await list_aside(connection)
    if not found:
        return "nothing"
    named = ", ".join(f"{one.reference} ({one.step}, {one.problem})" for one in found[:_MOST_NAMED])
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    raise SetupError(f"{len(found)} cases or notices fail again and again where they stand: {named}{more}.")


async def inputs_told(_settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: that every input of the lanes could be taken; SetupError counts those that could not."""
    if not (inputs := await inputs_aside(connection)):
        return "all could be taken"
    raise SetupError(f"Could not be taken: {', '.join(f'{count} of {door}' for door, count in inputs)}.")


async def lanes_told(_settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: that no lane failed lately; SetupError names those that did."""
    faults = await lane_faults(connection)
    if not faults:
        return "none failed in the last quarter of an hour"
    named = ", ".join(f"{one.lane} ({one.problem}, {one.times} times since {one.since:%H:%M} UTC)" for one in faults)
    raise SetupError(f"Lanes that fail and are begun again: {named}.")
