"""The watch over cameras as configured, and what `cakra doctor` says of it."""

from cakra.core.errors import SetupError
from cakra.journey.watching.rules import CameraTrust, Limits
from cakra.journey.watching.standing import list_standings
from cakra.journey.watching.watch import CameraWatch
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.store.db import Database
from cakra.wiring.world import World


def watch_limits(settings: Settings) -> Limits:
    """When a camera is no longer believed; SetupError when the settings contradict each other."""
    told = settings.watch
    try:
        return Limits(
            agreed=told.agreed,
            poor=told.poor,
            alarm_run=told.alarm_run,
            fall_back_run=told.fall_back_run,
            shift=told.shift,
            least_readings=told.least_readings,
            reference_days=told.reference_days,
            window_days=told.window_days,
        )
    except ValueError as problem:
        raise SetupError(f"CAKRA_WATCH__* does not hold together: {problem}.") from problem


def camera_watch(world: World) -> CameraWatch:
    """The sweep over all cameras."""
    return CameraWatch(world.pool, watch_limits(world.settings), world.settings.watch.every_s)


async def cameras_told(settings: Settings, database: Database, _url: str) -> str:
    """For `cakra doctor`: how many cameras the machine decides for; SetupError names those that officers decide."""
    found = await list_standings(database, watch_limits(settings), now())
    by_outcome = {outcome: [one.code for one in found if one.outcome is outcome] for outcome in CameraTrust}
    if fallen := by_outcome[CameraTrust.HUMAN]:
        raise SetupError(f"Officers decide every case of {', '.join(fallen)}: agreement with the machine dropped.")
    alarms = by_outcome[CameraTrust.ALARM]
    return f"{len(by_outcome[CameraTrust.TRUSTED])} trusted" + (f"; in alarm: {', '.join(alarms)}" if alarms else "")
