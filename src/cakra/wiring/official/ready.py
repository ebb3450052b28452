"""What must be true before anything is sent: senders and host official, wordings through the lint."""

from datetime import UTC, datetime, timedelta

from cakra.core.errors import SetupError
from cakra.core.policy.editions import Editions
from cakra.delivery.official.registry import read_register, register_own, unofficial_senders
from cakra.delivery.official.rules import how_to_register
from cakra.journey.notice.rules import check_templates
from cakra.journey.timeline.reading import count_new_wordings, remember_wordings
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.db import Database
from cakra.wiring.official.hosts import official_hosts, portal_host
from cakra.wiring.outgoing.channels import sender_names
from cakra.wiring.outgoing.money import wordings_on_record
from cakra.wiring.whatsapp.people import reply_texts
from cakra.wiring.world import World, announce_templates, require_safe_provider, templates_today

_log = get_logger(__name__)
_TRY_AGAIN = timedelta(minutes=1)


async def require_wordings(world: World) -> None:
    """SetupError when a template breaks the lint, or the portal's own host is not official now."""
    hosts = await official_hosts(world.pool, world.settings)
    if (host := portal_host(world.settings)) not in hosts:
        raise SetupError(f"The portal's host {host} is not official now; {how_to_register('host', host)}.")
    check_templates(templates_today(world), sorted(hosts))
    reply_texts(sorted(hosts))


async def require_official(world: World) -> None:
    """SetupError with every command that is missing, when the host or not one sender in use is official now.

    A sender that ran out must not stop the others at the next start: the worker tells it, the claim holds it back.
    """
    wrong = await _unofficial(world.pool, world.settings)
    senders = sum(len(names) for names in sender_names(world.settings).values())
    if any(kind == "host" for kind, _, _ in wrong) or len(wrong) == senders:
        raise SetupError(" ".join(told for _, _, told in wrong))
    await require_wordings(world)


async def tell_unofficial(world: World) -> None:
    """Log an error for every sender in use that is outside its validity; the claim lets it send nothing."""
    for channel, _, told in await unofficial_senders(world.pool, sender_names(world.settings)):
        _log.error("sender_not_official", channel=channel, why=told)


async def check_official(database: Database, settings: Settings) -> str:
    """For `cakra doctor`: what is official, or SetupError for what is used and is not."""
    if wrong := [told for _, _, told in await _unofficial(database, settings)]:
        raise SetupError(" ".join(wrong))
    register = await read_register(database)
    known = register.at(now())
    return f"{len(known.senders)} senders and {len(known.hosts)} hosts in force, version {register.version}"


async def make_ready(world: World) -> None:
    """What must be true before anything is sent: demonstrations register what they use, others have; templates known.

    SetupError with the commands that are missing.
    """
    await require_safe_provider(world)
    if world.settings.demo:
        await register_own(world.pool, sender_names(world.settings), [portal_host(world.settings)])
    await require_official(world)
    await _register(world)


async def _register(world: World) -> None:
    """The texts of every edition, and on record: by the hash of its words a timeline can say what a notice said."""
    await announce_templates(world)
    await remember_wordings(world.pool, wordings_on_record(world))


class NewWordings:
    """Registers what is not on record yet: an edition is approved while workers run, or while none does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: Editions | None = None
        self._next = datetime.min.replace(tzinfo=UTC)

    async def __call__(self) -> int:
        """How many were new; SetupError when the provider refuses one, which is tried again in a minute."""
        editions, at = self._world.policies.editions, now()
        if editions is self._seen or at < self._next:
            return 0
        self._next = at + _TRY_AGAIN
        if new := await count_new_wordings(self._world.pool, wordings_on_record(self._world)):
            await _register(self._world)
        self._seen, self._next = editions, at
        return new


async def _unofficial(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    wrong = await unofficial_senders(database, sender_names(settings))
    host = portal_host(settings)
    if host not in await official_hosts(database, settings):
        told = f"The portal's host {host} is not official now; {how_to_register('host', host)}."
        wrong.append(("host", host, told))
    return wrong
