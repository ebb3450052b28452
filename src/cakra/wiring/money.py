"""What messages cost here: the prices of the package, or those of this installation's contracts."""

from collections.abc import Collection, Mapping
from importlib import resources

from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.core.tariff import ANY, ChannelTariff, Tariffs, parse_tariffs
from cakra.engine.worker import Work
from cakra.journey.accounting.budgets import BudgetWatch
from cakra.journey.dispatch.costs.holding import leave_held
from cakra.kit.settings import Settings
from cakra.wiring.world import World

# Every wording that we register is a utility template (channels fact sheet, section A).
_CATEGORIES = {Channel.WHATSAPP: "utility"}


def all_tariffs(settings: Settings) -> Tariffs:
    """Every price; SetupError names the file or the row that is wrong."""
    own = settings.costs.tariffs
    if own is None:
        text = resources.files("cakra.journey.accounting").joinpath("tariffs.toml").read_text(encoding="utf-8")
    else:
        try:
            text = own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise SetupError(f"The prices of CAKRA_COSTS__TARIFFS cannot be read: {problem}.") from problem
    return parse_tariffs(text)


def channel_tariffs(settings: Settings) -> Mapping[str, ChannelTariff]:
    """Channel → its prices with the provider that is configured."""
    tariffs, providers = all_tariffs(settings), {Channel.SMS: settings.sms.provider}
    return {
        channel.value: tariffs.of(channel, providers.get(channel, ANY), _CATEGORIES.get(channel, ANY))
        for channel in Channel
    }


def money_work(world: World, channels: Collection[str]) -> Work:
    """What the worker does about money: fold the books, watch the budgets, leave channels that are held.

    `channels`: those in use.
    """
    watch = BudgetWatch(world.pool, channel_tariffs(world.settings), channels)

    async def work() -> int:
        return await watch.look() + await leave_held(world.pool, world.settings.worker.batch)

    return work
