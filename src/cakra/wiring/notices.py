"""What owners are told: confirmations, everything later, and when they are reminded."""

from importlib import resources
from urllib.parse import urlsplit

from cakra.core.errors import SetupError
from cakra.core.reminders import ReminderPolicy, parse_reminders
from cakra.journey.notice.later import LaterNotices
from cakra.journey.notice.step import NoticeDesk
from cakra.journey.notice.writer import Letterhead
from cakra.journey.waiting.deadlines import WaitingDesk
from cakra.kit.settings import Settings
from cakra.wiring.channels import channels_in_use, ladders
from cakra.wiring.world import World, offence_labels


def letterhead(world: World) -> Letterhead:
    """What every notice is written with."""
    return Letterhead(
        world.sealer("addressee"),
        world.sealer("notice"),
        world.templates,
        offence_labels(world),
        urlsplit(world.settings.portal.base_url).netloc,
        f"{world.settings.portal.base_url}/k/",
        ladders(world.settings),
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
    return WaitingDesk(world.pool, reminders(world.settings))


def reminders(settings: Settings) -> tuple[ReminderPolicy, ...]:
    """The directorate's own reminders, or those of the package; SetupError names what is wrong with a row."""
    own = settings.notice.reminders
    try:
        file = own or resources.files("cakra.journey.waiting").joinpath("reminders.toml")
        return parse_reminders(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"The reminders of CAKRA_NOTICE__REMINDERS cannot be read: {problem}.") from problem
