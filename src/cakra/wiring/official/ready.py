"""What must be true before anything is sent: senders and host official, wordings through the lint."""

from datetime import UTC, datetime, timedelta

from cakra.core.errors import SetupError
from cakra.delivery.official.registry import read_register, register_own, unofficial_senders
from cakra.delivery.official.rules import how_to_register
from cakra.journey.notice.rules import check_templates
from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.db import Database
from cakra.wiring.channels import sender_names
from cakra.wiring.money import keep_wordings
from cakra.wiring.official.hosts import official_hosts, portal_host
from cakra.wiring.whatsapp.people import reply_texts
from cakra.wiring.world import World, announce_templates, known_templates, require_safe_provider, templates_today

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
    await announce_templates(world)


class NewWordings:
    """Registers the wordings of an edition that was approved while the worker runs, before its first day."""

    def __init__(self, world: World) -> None:
        self._world, self._known = world, known_templates(world.policies.editions)
        self._next = datetime.min.replace(tzinfo=UTC)

    async def __call__(self) -> int:
        """1 when there were new ones; SetupError when the provider refuses one, which is tried again in a minute."""
        known, at = known_templates(self._world.policies.editions), now()
        if known == self._known or at < self._next:
            return 0
        self._next = at + _TRY_AGAIN
        await announce_templates(self._world)
        await keep_wordings(self._world)
        self._known = known
        return 1


async def _unofficial(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    wrong = await unofficial_senders(database, sender_names(settings))
    host = portal_host(settings)
    if host not in await official_hosts(database, settings):
        told = f"The portal's host {host} is not official now; {how_to_register('host', host)}."
        wrong.append(("host", host, told))
    return wrong
