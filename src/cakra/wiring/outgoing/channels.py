"""The ways to reach an owner that this installation uses, and their senders."""

from dataclasses import replace

from cakra.core.ports import Channel, Sender
from cakra.delivery.official.registry import require_a_sender
from cakra.delivery.senders import HealthPolicy, HealthWatch, Pace, open_senders
from cakra.delivery.sending.sends import DispatchDesk
from cakra.kit.seal import derive_key
from cakra.kit.settings import Settings
from cakra.outside.email import BounceBox, BounceTokens, EmailAccount, EmailSender, load_dkim
from cakra.outside.whatsapp import WhatsAppSender
from cakra.wiring.outgoing.letters import letter_sender
from cakra.wiring.outgoing.money import channel_tariffs
from cakra.wiring.outgoing.sms import sms_sender
from cakra.wiring.whatsapp.words import TemplateShapes
from cakra.wiring.world import World, whatsapp_accounts, whatsapp_numbers

_TOKENS = "email-return-address"
# They are set one after the other: one in the press, one being signed or flushed, and one ready.
_LETTERS_AT_ONCE = 4


def channels_in_use(settings: Settings) -> frozenset[Channel]:
    """WhatsApp always, e-mail with a mail server, SMS and letters where they were switched on."""
    return frozenset(Channel(name) for name in sender_names(settings))


def sender_names(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Channel in use → its senders, as the registry of official senders lists them."""
    names = {Channel.WHATSAPP.value: tuple(number.display_number for number in whatsapp_numbers(settings.whatsapp))}
    if settings.email.host:
        names[Channel.EMAIL.value] = (settings.email.from_address,)
    if settings.sms.enabled:
        names[Channel.SMS.value] = (settings.sms.source,)
    if settings.letter.enabled:
        names[Channel.LETTER.value] = (settings.letter.sender,)
    return names


def dispatch_desks(world: World) -> list[DispatchDesk]:
    """One desk per sender: senders of one channel share its queue. SetupError names what is wrong with an account."""
    shapes = TemplateShapes(world.policies)
    desks = [
        _desk(world, Channel.WHATSAPP, WhatsAppSender(account, shapes)) for account in whatsapp_accounts(world.settings)
    ]
    if world.settings.email.host:
        desks.append(_desk(world, Channel.EMAIL, EmailSender(email_account(world))))
    if world.settings.sms.enabled:
        desks.append(_desk(world, Channel.SMS, sms_sender(world)))
    if world.settings.letter.enabled:
        desks.append(_desk(world, Channel.LETTER, letter_sender(world)))
    return desks


def calls_at_once(settings: Settings) -> dict[Channel, int]:
    """How many calls one sender of a channel may have in flight."""
    return {
        Channel.WHATSAPP: settings.whatsapp.connections,
        Channel.EMAIL: settings.email.connections,
        Channel.SMS: settings.sms.window,
        Channel.LETTER: _LETTERS_AT_ONCE,
    }


def _desk(world: World, channel: Channel, sender: Sender) -> DispatchDesk:
    told = world.settings.notice
    return DispatchDesk(
        world.pool,
        world.sealer("notice"),
        world.sealer("provider"),
        world.photos,
        sender,
        told.settle_after_s,
        told.unknown_after_s,
        told.max_tries,
        channel,
        channel_tariffs(world.settings)[channel.value],
        health=HealthWatch(HealthPolicy(**world.settings.health.model_dump())),
        senders=sender_names(world.settings)[channel.value],
    )


def email_account(world: World) -> EmailAccount:
    """The official address as the adapter knows it."""
    told = world.settings.email
    dkim = load_dkim(told.dkim_domain, told.dkim_selector, told.dkim_key_file) if told.dkim_key_file else None
    return EmailAccount(
        host=told.host,
        port=told.port,
        from_address=told.from_address,
        from_name=told.from_name,
        envelope_domain=told.envelope_domain,
        token_key=derive_key(world.root_key, _TOKENS),
        tls=told.tls,
        ca_file=told.ca_file,
        user=told.user,
        password=told.password,
        dkim=dkim,
        connections=told.connections,
        timeout_s=told.timeout_s,
    )


def bounce_box(world: World) -> BounceBox | None:
    """Where delivery reports of e-mails arrive; None when not configured, SetupError when it is no Maildir."""
    told = world.settings.email
    if not told.host or told.bounce_folder is None:
        return None
    return BounceBox(told.bounce_folder, BounceTokens(derive_key(world.root_key, _TOKENS), told.envelope_domain))


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
    """Before anything is claimed: a sender in use is official now, and the pace of each is written for all hosts.

    SetupError when none is, with the commands that register them.
    """
    await require_a_sender(world.pool, sender_names(world.settings))
    await open_senders(world.pool, sender_paces(world.settings))
