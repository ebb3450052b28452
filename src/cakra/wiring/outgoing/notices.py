"""What owners are told: confirmations, everything later, and when they are reminded."""

from urllib.parse import urlsplit

from cakra.journey.notice.later import LaterNotices
from cakra.journey.notice.step import NoticeDesk
from cakra.journey.notice.writer import Letterhead
from cakra.journey.waiting.deadlines import WaitingDesk
from cakra.wiring.outgoing.channels import channels_in_use
from cakra.wiring.world import World, offence_labels


def letterhead(world: World) -> Letterhead:
    """What every notice is written with."""
    return Letterhead(
        world.sealer("addressee"),
        world.sealer("notice"),
        offence_labels(world),
        urlsplit(world.settings.portal.base_url).netloc,
        f"{world.settings.portal.base_url}/k/",
        world.policies,
        channels_in_use(world.settings),
        stamped=world.settings.demo,
    )


def notice_desk(world: World) -> NoticeDesk:
    """The notice stage, for confirmations."""
    return NoticeDesk(world.pool, letterhead(world))


def later_notices(world: World) -> LaterNotices:
    """The notice stage, for what other stages have to tell."""
    return LaterNotices(world.pool, letterhead(world))


def waiting_desk(world: World) -> WaitingDesk:
    """Reminders and deadlines."""
    return WaitingDesk(world.pool, world.policies)
