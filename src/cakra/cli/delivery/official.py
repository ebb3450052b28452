"""`cakra official …`: what speaks in our name, since when, by whose decision, and its signed publication."""

import json
from datetime import date, datetime
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.access.rights import Act
from cakra.core.errors import InputError, SetupError
from cakra.core.paper import day_begins
from cakra.delivery.official import publication
from cakra.delivery.official.document import instant
from cakra.delivery.official.registry import Register, WantedEntry, history, read_register, register, retire
from cakra.delivery.official.rules import Entry, Kind, OfficialSender
from cakra.kit.clock import now
from cakra.kit.console import say, say_table
from cakra.store.rights import require
from cakra.wiring.official.signing import publication_life, rotate_kept_key, signing_key
from cakra.wiring.world import World

official = App(name="official", help="Register what speaks in our name, and publish it signed.")
KindOfEntry = Annotated[Kind, Parameter(help="A channel, or host for the address of a site.")]
Named = Annotated[str, Parameter(help="The number (+62 …), e-mail address, SMS name, office or host.")]
Reason = Annotated[str, Parameter(help="Why, with the document it rests on; it is kept for ever.")]
_ZONE = "Asia/Jakarta"
_BY_HAND = "The signing key is not here: run `cakra official publish` where it is."


@official.command(name="register")
def register_one(
    kind: KindOfEntry,
    which: Named,
    *,
    purpose: Annotated[str, Parameter(help="What it is used for, in words for the public.")],
    reason: Reason,
    username: ActingOfficer,
    shown: Annotated[str, Parameter(name="--name", help="What phone or mailbox shows beside it; not for a host.")] = "",
    since: Annotated[
        str, Parameter(name="--from", help="Day, or instant with its zone; from now on if left out.")
    ] = "",
    portfolio: Annotated[str, Parameter(help="Business portfolio at the provider whose limits it shares.")] = "",
    notes: Annotated[str, Parameter(help="For ourselves; never published.")] = "",
) -> None:
    """Make a sender or host official. The password is asked for, or read from standard input."""
    wanted = WantedEntry(kind, which, purpose, shown, notes, portfolio or None, _read(since) if since else None)

    async def work(world: World) -> tuple[int, str]:
        demo = world.settings.demo
        version = await register(world.pool, wanted, by=username, reason=reason, loopback=demo)
        return version, await _published(world)

    version, told = acting(username, "official register", work)
    say(f"{which} is registered; the register is at version {version}. {told}")


@official.command(name="retire")
def retire_one(
    kind: KindOfEntry,
    which: Named,
    *,
    reason: Reason,
    username: ActingOfficer,
    until: Annotated[str, Parameter(help="Day, or instant with its zone, from which it is not; now if left out.")] = "",
) -> None:
    """End what is official; nothing leaves by it from then on. The password is asked for."""
    end = _read(until) if until else None

    async def work(world: World) -> tuple[int, str]:
        version = await retire(world.pool, kind, which, by=username, reason=reason, valid_to=end)
        return version, await _published(world)

    version, told = acting(username, "official retire", work)
    say(f"{which} is retired; the register is at version {version}. {told}")


@official.command(name="list")
def show_official(
    *,
    at: Annotated[str, Parameter(help="Day (its first instant), or instant with its zone; now if left out.")] = "",
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="One JSON object.")] = False,
) -> None:
    """List what is official now, or was at an instant."""
    when = _read(at) if at else now()

    async def work(world: World) -> Register:
        return (await read_register(world.pool)).at(when)

    found = in_world(work, "official")
    if as_json:
        rows = [_as_record(one) for one in (*found.senders, *found.hosts)]
        say(json.dumps({"at": instant(when), "version": found.version, "official": rows}, ensure_ascii=False))
        return
    lines = [_line(one) for one in (*found.senders, *found.hosts)]
    say_table(f"Official at {instant(when)}", ["kind", "name", "shown as", "purpose", "from", "to", "by"], lines)


@official.command(name="history")
def show_history() -> None:
    """List every change, newest first: version, when, who, what, why."""
    rows = [
        [str(one.version), instant(one.at), one.by, one.action, one.kind, one.name, instant(one.effective), one.reason]
        for one in in_world(lambda world: history(world.pool), "official")
    ]
    say_table("Changes", ["version", "at", "by", "change", "kind", "name", "effective", "reason"], rows)


@official.command
def publish() -> None:
    """Sign the register as it stands and publish it under the next number."""

    async def work(world: World) -> publication.Publication:
        key = signing_key(world.settings)
        if key is None:
            raise SetupError(
                "There is no signing key here; name it in CAKRA_SENDERS__SIGNING_KEY, or make one with"
                " `openssl genpkey -algorithm ed25519 -out FILE` and keep a copy of it."
            )
        return await publication.publish(world.pool, key, life=publication_life(world.settings))

    made = in_world(work, "official")
    say(f"Publication {made.number} (version {made.version}) is signed by {made.key_id}, {_until(made)}.")


@official.command
def keys() -> None:
    """List the public keys that ever signed a publication."""
    rows = [
        [one.key_id, instant(one.since), instant(one.revoked_at) if one.revoked_at else "", one.revoke_reason or ""]
        for one in in_world(lambda world: publication.public_keys(world.pool), "official")
    ]
    say_table("Keys", ["key", "since", "revoked", "reason"], rows)


@official.command(name="rotate-key")
def rotate_key(*, username: ActingOfficer) -> None:
    """Make a new signing key beside an embedded database and publish with it; the old one is put aside."""

    async def work(world: World) -> tuple[str, str]:
        await require(world.pool, username, Act.PUBLISH_OFFICIAL)
        aside = rotate_kept_key(world.settings)
        return str(aside), await _published(world)

    aside, told = acting(username, "official rotate-key", work)
    say(f"The old key lies in {aside}. {told}")


@official.command(name="revoke-key")
def revoke_key(
    key_id: Annotated[str, Parameter(help="The key as `cakra official keys` shows it.")],
    *,
    reason: Reason,
    username: ActingOfficer,
) -> None:
    """Say of a key that it must be believed no more, and sign nothing with it again."""

    async def work(world: World) -> None:
        await publication.revoke_key(world.pool, key_id, by=username, reason=reason)

    acting(username, "official revoke-key", work)
    say(f"The key {key_id} is revoked; name another in CAKRA_SENDERS__SIGNING_KEY, or run `cakra official rotate-key`.")


async def _published(world: World) -> str:
    """Publish at once where the key is; what to say of it."""
    key = signing_key(world.settings)
    if key is None:
        return _BY_HAND
    made = await publication.renewed(world.pool, key, life=publication_life(world.settings))
    assert made is not None, "with a key there is a publication"
    return f"Publication {made.number} is signed, {_until(made)}."


def _until(made: publication.Publication) -> str:
    return f"valid until {instant(made.valid_until)}"


def _read(text: str) -> datetime:
    """A day of the capital's, or an instant with its zone; InputError."""
    try:
        return day_begins(date.fromisoformat(text), _ZONE)
    except ValueError:
        pass
    try:
        told = datetime.fromisoformat(text)
    except ValueError as problem:
        raise InputError(f"{text!r} is no day or instant; write 2026-03-03 or 2026-03-03T07:00+07:00.") from problem
    if told.tzinfo is None:
        raise InputError(f"{text!r} has no time zone; write {text}+07:00.")
    return told


def _line(one: Entry) -> list[str]:
    kind, name = _kind_and_name(one)
    shown = one.display_name if isinstance(one, OfficialSender) else ""
    end = instant(one.valid_to) if one.valid_to else ""
    return [kind, name, shown, one.purpose, instant(one.valid_from), end, one.registered_by]


def _as_record(one: Entry) -> dict[str, str | None]:
    kind, name = _kind_and_name(one)
    end = instant(one.valid_to) if one.valid_to else None
    return {"kind": kind, "name": name, "purpose": one.purpose, "valid_from": instant(one.valid_from), "valid_to": end}


def _kind_and_name(one: Entry) -> tuple[str, str]:
    return (one.channel, one.published) if isinstance(one, OfficialSender) else ("host", getattr(one, "host", ""))
