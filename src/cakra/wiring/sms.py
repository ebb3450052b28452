"""SMS joined: who sends, what is kept of the provider's words, and how these are read. Off by policy."""

from collections.abc import Collection
from datetime import timedelta

from cakra.core.errors import SetupError
from cakra.core.ladder import Ladder
from cakra.core.ports import Callbacks, Channel, Sender
from cakra.journey.dispatch.keeping import keep_callback
from cakra.journey.notice.sms import lint_sms
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings, Sms
from cakra.outside.sms import (
    InfobipCallbacks,
    InfobipSender,
    SmppSender,
    infobip_account,
    smpp_account,
    smpp_callbacks,
)
from cakra.wiring.world import World

SMPP, INFOBIP = "sms:smpp", "sms:infobip"
_KEPT = timedelta(days=30)
_log = get_logger(__name__)


def sms_sender(world: World, ladders: Collection[Ladder]) -> Sender:
    """The account of the settings; with an SMS centre it connects at once, since receipts come over it.

    Needs a running event loop. SetupError names what is missing, or what the wording lacks.
    """
    told = world.settings.sms
    _require_wording(told)
    if not any(rung.channel is Channel.SMS for ladder in ladders for rung in ladder.rungs):
        _log.warning("sms_stands_in_no_ladder")
    if told.provider == "infobip":
        return InfobipSender(infobip_account(told))

    async def keep(raw: bytes) -> None:
        await keep_callback(world.pool, world.sealer("callback"), SMPP, raw, _KEPT)

    sender = SmppSender(smpp_account(told), keep)
    sender.start()
    return sender


def sms_readers(settings: Settings) -> dict[str, Callbacks]:
    """How kept words are read: those of both providers, and after SMS was switched off too."""
    told = settings.sms
    return {
        SMPP: smpp_callbacks(told),
        INFOBIP: InfobipCallbacks(told.infobip_callback_user, told.infobip_callback_password),
    }


def infobip_door(settings: Settings) -> Callbacks | None:
    """What verifies Infobip's reports at our door; None while it is not the provider."""
    told = settings.sms
    if not told.enabled or told.provider != "infobip":
        return None
    account = infobip_account(told)
    return InfobipCallbacks(account.callback_user, account.callback_password)


def _require_wording(told: Sms) -> None:
    faults = [fault for language in ("id", "en") for fault in lint_sms(language, told.brand)]
    if faults:
        raise SetupError(f"The wording of the SMS breaks its rules: {faults[0]}")
