"""The hosts that messages may name now."""

from urllib.parse import urlsplit

from cakra.delivery.official.registry import read_register
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Database


def portal_host(settings: Settings) -> str:
    """The host that every message leads to."""
    return (urlsplit(settings.portal.base_url).hostname or "").lower()


async def official_hosts(database: Database, settings: Settings) -> frozenset[str]:
    """The hosts that wordings may name now; a demonstration whose register is empty has the portal's."""
    register = await read_register(database)
    if settings.demo and not register.version:
        return frozenset({portal_host(settings)})
    return register.at(now()).host_names
