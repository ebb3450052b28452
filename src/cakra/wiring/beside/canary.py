"""Canaries: which sender is checked with which test address, and in which words."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from cakra.core.paper import paper_time
from cakra.core.ports import Channel, Message, Wording
from cakra.delivery.canary.checking import CanaryDesk, Check
from cakra.delivery.pause.pausing import MayLeave
from cakra.delivery.sending.sends import DispatchDesk
from cakra.journey.notice.mail import email_wording
from cakra.journey.notice.rules import template_for
from cakra.kit.settings import Settings
from cakra.wiring.outgoing.money import channel_tariffs
from cakra.wiring.world import World, templates_today

_PURPOSE, _LANGUAGE, _ZONE = "canary", "id", "Asia/Jakarta"
_AGENCY = "sistem ETLE"
_SUFFIX = "uji"
# A mail server says only what it could not deliver; the others prove delivery.
_PROVED_BY = {Channel.EMAIL: "accepted"}


def test_addresses(settings: Settings) -> dict[Channel, str]:
    """Channel → our own test address; a channel without one has no canary."""
    canary = settings.canary
    addresses = {Channel.WHATSAPP: canary.whatsapp, Channel.EMAIL: canary.email, Channel.SMS: canary.sms}
    return {channel: address for channel, address in addresses.items() if address}


def canary_desk(world: World, desks: Sequence[DispatchDesk], may_leave: MayLeave | None) -> CanaryDesk:
    """The canaries of a worker's senders."""
    addresses, tariffs = test_addresses(world.settings), channel_tariffs(world.settings)
    checks = [
        Check(
            desk.channel,
            desk.sender,
            _words(world, desk.channel, addresses[desk.channel]),
            tariffs[desk.channel.value],
            _PROVED_BY.get(desk.channel, "delivered"),
        )
        for desk in desks
        if desk.channel in addresses
    ]
    canary = world.settings.canary
    return CanaryDesk(world.pool, checks, canary.every_s, canary.proof_within_s, may_leave)


def _words(world: World, channel: Channel, address: str) -> Callable[[str, datetime], Message]:
    return partial(_message, world, channel, address)


def _message(world: World, channel: Channel, address: str, tag: str, at: datetime) -> Message:
    settings, template = world.settings, template_for(templates_today(world), _PURPOSE, (_LANGUAGE,))
    values = {"instansi": _AGENCY, "waktu": paper_time(at, _ZONE, _LANGUAGE), "ref": tag.partition(":")[2][-6:]}
    link, wording = f"{settings.portal.base_url}/k/{_SUFFIX}", None
    if channel is Channel.EMAIL:
        wording = Wording(**email_wording(template, values, link, with_picture=False, stamped=settings.demo))
    elif channel is Channel.SMS:
        wording = Wording(text=f"{settings.sms.brand}: pesan uji {values['ref']}, bukan pemberitahuan. Abaikan.")
    return Message(
        tag=tag,
        recipient=address,
        template=template.registered_name(with_picture=False),
        language=template.language,
        variables={name: values[name] for name in template.variables},
        link_suffix=_SUFFIX,
        wording=wording,
    )
