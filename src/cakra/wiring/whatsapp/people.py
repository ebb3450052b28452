"""What people write to our numbers, understood and answered."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import resources
from urllib.parse import urlsplit

from cakra.core.errors import SetupError
from cakra.core.ports import Channel
from cakra.delivery.inbound import InboundDesk, ReplyDesk, ReplyText, parse_replies
from cakra.delivery.senders import stop_sender
from cakra.delivery.sending.sends import DispatchDesk
from cakra.engine.worker import Work
from cakra.journey.notice.rules import lint_text
from cakra.outside.whatsapp import WhatsAppSender
from cakra.wiring.keeping.aside import keep_input
from cakra.wiring.world import World

_BATCH = 100
_CALLS_AT_ONCE = 20


def reply_texts(official_hosts: Sequence[str] | None = None) -> Mapping[tuple[str, str], ReplyText]:
    """What people are answered; SetupError when an answer is missing or, given the hosts, breaks the lint."""
    texts = parse_replies(
        resources.files("cakra.delivery.inbound").joinpath("replies.toml").read_text(encoding="utf-8")
    )
    if official_hosts is not None:
        problems = [
            f"{one.kind} ({one.language}): {problem}"
            for one in texts.values()
            for problem in lint_text(one.text, official_hosts)
        ]
        if problems:
            raise SetupError("Answers to people break the lint: " + "; ".join(problems) + ".")
    return texts


def chat_works(world: World, worker: str, desks: Iterable[DispatchDesk]) -> dict[str, Work]:
    """Understanding what came in, and the answers of each number that people can write to, by lane."""
    works: dict[str, Work] = {"inbound": partial(inbound_desk(world).run, _BATCH)}
    for place, desk in enumerate(desks):
        if isinstance(desk.sender, WhatsAppSender):
            works[f"reply:{place}"] = partial(reply_desk(world, desk.sender).run, _CALLS_AT_ONCE, worker)
    return works


def inbound_desk(world: World) -> InboundDesk:
    """The stage that understands messages."""
    told = world.settings
    return InboundDesk(
        world.pool,
        world.sealer("inbound"),
        world.sealer("reply"),
        world.sealer("notice"),
        reply_texts(),
        urlsplit(told.portal.base_url).netloc,
        f"{told.portal.base_url}/k/",
        told.whatsapp.checks_per_hour,
        told.whatsapp.messages_per_hour,
        "CONTOH. " if told.demo else "",
        keep_input(world),
    )


def reply_desk(world: World, sender: WhatsAppSender) -> ReplyDesk:
    """The answers of one number."""
    told = world.settings.notice
    return ReplyDesk(
        world.pool,
        world.sealer("reply"),
        Channel.WHATSAPP.value,
        sender,
        stop_sender,
        told.unknown_after_s,
        told.max_tries,
    )
