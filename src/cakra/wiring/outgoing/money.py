"""What messages cost here, and what proves them: prices, books, wordings on record, canaries for `cakra doctor`."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import partial
from importlib import resources

from cakra.core.delivery.tariff import ANY, ChannelTariff, Tariffs, parse_tariffs
from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.delivery.canary.hearing import newest_canaries
from cakra.delivery.costs.budgets import BudgetWatch
from cakra.delivery.costs.holding import leave_held
from cakra.engine.worker import Work
from cakra.journey.notice.rules import Template
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Connection
from cakra.wiring.world import World, known_templates

# Every wording of a notice is a utility template (channels fact sheet, section A).
_CATEGORIES = {Channel.WHATSAPP: "utility"}
_OF_CODES = {Channel.WHATSAPP: "authentication"}


def all_tariffs(settings: Settings) -> Tariffs:
    """Every price; SetupError names the file or the row that is wrong."""
    own = settings.costs.tariffs
    if own is None:
        text = resources.files("cakra.delivery.costs").joinpath("tariffs.toml").read_text(encoding="utf-8")
    else:
        try:
            text = own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise SetupError(f"The prices of CAKRA_COSTS__TARIFFS cannot be read: {problem}.") from problem
    return parse_tariffs(text)


def code_tariffs(settings: Settings) -> Mapping[str, ChannelTariff]:
    """Channel → what a one-time code costs there."""
    return channel_tariffs(settings, _OF_CODES)


def channel_tariffs(settings: Settings, categories: Mapping[Channel, str] = _CATEGORIES) -> Mapping[str, ChannelTariff]:
    """Channel → its prices with the provider that is configured."""
    tariffs, providers = all_tariffs(settings), {Channel.SMS: settings.sms.provider}
    return {
        channel.value: tariffs.of(channel, providers.get(channel, ANY), categories.get(channel, ANY))
        for channel in Channel
    }


def money_works(world: World, channels: Collection[str]) -> dict[str, Work]:
    """What the worker does about money: fold the books and watch the budgets, leave channels that are held.

    `channels`: those in use.
    """
    watch = BudgetWatch(world.pool, channel_tariffs(world.settings), channels)
    return {"books": watch.look, "leave_held": partial(leave_held, world.pool, world.settings.worker.batch)}


def wordings_on_record(world: World) -> list[tuple[str, str, str]]:
    """Registered text, language and all words of every edition, as they are kept on record."""
    return [
        (template.registered_name(with_picture=with_picture), template.language, _all_words(template))
        for template in known_templates(world.policies.editions)
        for with_picture in (True, False)
    ]


def _all_words(template: Template) -> str:
    """Every word of a template, in one text whose hash stands for it."""
    return json.dumps(asdict(template), ensure_ascii=False, sort_keys=True)


async def prices_told(settings: Settings) -> str:
    """For `cakra doctor`: which channels' prices nobody confirmed; SetupError when the file is wrong."""
    planned = dict.fromkeys(
        channel
        for tariffs in (channel_tariffs(settings), code_tariffs(settings))
        for channel, tariff in tariffs.items()
        if (row := tariff.at(now())) is None or not row.confirmed
    )
    where = settings.costs.tariffs or "the package's planning figures"
    return f"{where}" + (f"; not confirmed by a contract: {', '.join(planned)}" if planned else "")


async def canaries_told(settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: how the newest canary of each sender did; SetupError when one was silent."""
    states = await newest_canaries(connection)
    if silent := [f"{one.channel} {one.sender} ({one.proof or one.state} {one.code})" for one in states if one.silent]:
        raise SetupError(f"The newest canary of {', '.join(silent)} was not heard.")
    if not any((settings.canary.whatsapp, settings.canary.email, settings.canary.sms)):
        return "no test address is set, so none is sent"
    return ", ".join(f"{one.channel} {one.sender}: {one.proof or one.state}" for one in states) or "none was sent yet"
