"""The senders of this installation as they work: their pace and health, from the settings."""

from dataclasses import replace

from cakra.core.ports import Channel
from cakra.journey.dispatch.senders import Pace, open_senders
from cakra.journey.senders.registry import require_senders
from cakra.kit.settings import Settings
from cakra.wiring.channels import sender_names
from cakra.wiring.world import World, whatsapp_numbers


def sender_paces(settings: Settings) -> list[tuple[str, str, Pace]]:
    """(channel, sender, pace) of every sender in use."""
    number, email, sms, letter = settings.whatsapp, settings.email, settings.sms, settings.letter
    trial = Pace(probe_calls=settings.health.probe_calls, probe_wait_s=settings.health.probe_wait_s)
    whatsapp = replace(
        trial,
        burst=number.burst,
        pair_s=number.pair_s or None,
        pair_burst=number.pair_burst,
        portfolio=number.portfolio or None,
        daily_limit=number.daily_limit,
    )
    simple = {
        Channel.EMAIL.value: replace(trial, rate=email.rate_per_s or None, burst=email.burst),
        Channel.SMS.value: replace(trial, rate=sms.submits_per_s, burst=sms.window),
        Channel.LETTER.value: replace(trial, rate=letter.rate_per_s or None, burst=letter.burst),
    }
    paces = [
        (Channel.WHATSAPP.value, one.display_number, replace(whatsapp, rate=rate or None))
        for one in whatsapp_numbers(number)
        for rate in (number.rate_per_s if one.rate_per_s is None else one.rate_per_s,)
    ]
    names = sender_names(settings)
    return paces + [(channel, name, pace) for channel, pace in simple.items() for name in names.get(channel, ())]


async def open_pace(world: World) -> None:
    """Before anything is claimed: every sender in use is official now, and its pace is written for all hosts.

    SetupError names each sender that is not, with the command that registers it.
    """
    await require_senders(world.pool, sender_names(world.settings))
    await open_senders(world.pool, sender_paces(world.settings))
