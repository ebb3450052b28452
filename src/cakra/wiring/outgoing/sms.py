"""SMS joined: who sends, what is kept of the provider's words, and how these are read. Off by policy."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from cakra.core.delivery.short_text import wording_faults
from cakra.core.errors import SetupError
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import LADDER
from cakra.core.ports import Callbacks, Channel, Sender
from cakra.delivery.proof.keeping import keep_callback
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
from cakra.store.db import Database
from cakra.store.policies import renew_book
from cakra.wiring.policies import packaged_book
from cakra.wiring.world import World, code_words

SMPP, INFOBIP = "sms:smpp", "sms:infobip"
_KEPT = timedelta(days=30)
_CONNECT_S = 3.0
_log = get_logger(__name__)


def sms_sender(world: World) -> Sender:
    """The account of the settings; with an SMS centre it connects at once, since receipts come over it.

    Needs a running event loop. SetupError names what is missing, or what the wording lacks.
    """
    told = world.settings.sms
    _require_wording(told)
    if not in_a_ladder(world.policies):
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


async def sms_told(settings: Settings) -> str:
    """For `cakra doctor`: whether SMS would go out; nothing is sent. SetupError says what stands in its way."""
    told = settings.sms
    if not told.enabled:
        return "off, as the national guidance has it"
    _require_wording(told)
    host, port = told.host, told.port
    if told.provider == "infobip":
        parts = urlsplit(infobip_account(told).base_url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    else:
        smpp_account(told)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
    except (OSError, TimeoutError) as reason:
        raise SetupError(f"Nothing answers at {host}:{port}.") from reason
    writer.close()
    return f"{host}:{port} answers"


async def sms_ladder_told(settings: Settings, database: Database, _url: str) -> str:
    """For `cakra doctor`: whether a ladder has a rung for it. SetupError when SMS is on and none has."""
    book = packaged_book()
    await renew_book(database, book)
    if in_a_ladder(book):
        return "a ladder has a rung for it"
    if settings.sms.enabled:
        raise SetupError("SMS is on, but no ladder has a rung for it.")
    return "no ladder has a rung for it, and it is off"


def in_a_ladder(policies: PolicyBook) -> bool:
    """Whether any notice may go by SMS, now or by an edition that is to come."""
    ladders = (ladder for edition in policies.editions.contents(LADDER) for ladder in edition)
    return any(rung.channel is Channel.SMS for ladder in ladders for rung in ladder.rungs)


def infobip_door(settings: Settings) -> Callbacks | None:
    """What verifies Infobip's reports at our door; None while it is not the provider."""
    told = settings.sms
    if not told.enabled or told.provider != "infobip":
        return None
    account = infobip_account(told)
    return InfobipCallbacks(account.callback_user, account.callback_password)


def _require_wording(told: Sms) -> None:
    faults = [fault for language in ("id", "en") for fault in lint_sms(language, told.brand)]
    for words in code_words().values():
        text = words.message(Channel.SMS, "", "000000", "X", told.brand, stamped=True)["text"]
        faults += wording_faults(text, told.brand)
    if faults:
        raise SetupError(f"The wording of the SMS breaks its rules: {faults[0]}")
