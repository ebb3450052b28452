"""The ways to reach an owner that this installation uses, and their senders."""

from importlib import resources

from cakra.core.ladder import Ladder, parse_ladders
from cakra.core.ports import Channel
from cakra.journey.dispatch.sends import DispatchDesk
from cakra.kit.seal import derive_key
from cakra.kit.settings import Settings
from cakra.outside.email import BounceBox, BounceTokens, EmailAccount, EmailSender, load_dkim
from cakra.outside.whatsapp import WhatsAppSender
from cakra.wiring.world import World, whatsapp_account

_TOKENS = "email-return-address"


def ladders() -> tuple[Ladder, ...]:
    """The ladders of the package; SetupError names what is wrong with a row."""
    return parse_ladders(resources.files("cakra.journey.dispatch").joinpath("ladder.toml").read_text(encoding="utf-8"))


def channels_in_use(settings: Settings) -> frozenset[Channel]:
    """WhatsApp always, e-mail with a mail server."""
    return frozenset({Channel.WHATSAPP, *([Channel.EMAIL] if settings.email.host else [])})


def sender_names(settings: Settings) -> dict[str, str]:
    """Channel in use → its sender, as the registry of official senders lists it."""
    names = {Channel.WHATSAPP: settings.whatsapp.display_number, Channel.EMAIL: settings.email.from_address}
    return {channel.value: names[channel] for channel in Channel if channel in channels_in_use(settings)}


def dispatch_desk(world: World) -> DispatchDesk:
    """The dispatch stage with its WhatsApp sender."""
    told = world.settings.notice
    return DispatchDesk(
        world.pool,
        world.sealer("notice"),
        world.sealer("provider"),
        world.photos,
        WhatsAppSender(whatsapp_account(world.settings)),
        told.settle_after_s,
        told.unknown_after_s,
        told.max_tries,
    )


def email_desk(world: World) -> DispatchDesk:
    """The dispatch stage with its e-mail sender; SetupError names what is wrong with the account."""
    told = world.settings.notice
    return DispatchDesk(
        world.pool,
        world.sealer("notice"),
        world.sealer("provider"),
        world.photos,
        EmailSender(email_account(world)),
        told.settle_after_s,
        told.unknown_after_s,
        told.max_tries,
        Channel.EMAIL,
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
