"""The HTTP application of one process, with everything its doors need."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.types import ASGIApp

from cakra.core.ladder import DEFAULT_WITHIN_S
from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.doors.cameras import CameraDoors, FtpWatcher, build_camera_routes, camera_releases
from cakra.doors.citizen import CitizenDeps, build_citizen_routes
from cakra.doors.citizen.deps import Portal
from cakra.doors.design import Assets
from cakra.doors.inflight import InFlightLimit
from cakra.doors.language import LanguageSwitch
from cakra.doors.officer import OfficerDeps, build_officer_routes, officer_deps
from cakra.doors.official import OfficialDeps, build_official_routes
from cakra.doors.security import SecurityHeaders
from cakra.engine.patience import Tell
from cakra.engine.worker import kept_going
from cakra.kit.settings import Settings
from cakra.outside.whatsapp import challenge
from cakra.store.aside import note_lane_fault
from cakra.wiring import whatsapp
from cakra.wiring.cameras import watch_limits
from cakra.wiring.cameras.quarantine import open_camera_doors
from cakra.wiring.channels import sender_names
from cakra.wiring.lanes import charge_desk
from cakra.wiring.money import channel_tariffs
from cakra.wiring.official.hosts import portal_host
from cakra.wiring.official.signing import newest_signed, signing_key
from cakra.wiring.sms import infobip_door
from cakra.wiring.world import World, offence_labels


@asynccontextmanager
async def web_app(world: World) -> AsyncIterator[ASGIApp]:
    """All doors; the FTP drop is watched as long as the application lives."""
    told = world.settings
    cameras = open_camera_doors(world)
    callbacks = CallbackDeps(
        world.pool,
        world.sealer("callback"),
        whatsapp.callbacks(told),
        lambda query: challenge(query, told.whatsapp.verify_token),
        infobip_door(told),
    )
    assets = Assets()
    citizens = CitizenDeps(
        world.pool, world.root_key, world.photos, world.law, told, assets, senders=sender_names(told)
    )
    routers = [
        build_camera_routes(cameras),
        build_callback_routes(callbacks),
        build_citizen_routes(citizens),
        build_officer_routes(_officers(world, assets, cameras)),
        build_official_routes(_official(world, assets)),
    ]
    try:
        async with _ftp(cameras, partial(_tell, world)):
            yield build_app(routers, world.pool, page=Portal.open(citizens).pages.problem, middleware=_middleware(told))
    finally:
        await cameras.close()


def _officers(world: World, assets: Assets, cameras: CameraDoors) -> OfficerDeps:
    told = world.settings
    return officer_deps(
        world.pool,
        world.photos,
        assets,
        root_key=world.root_key,
        labels=offence_labels(world),
        settle_s=told.notice.settle_after_s or DEFAULT_WITHIN_S,
        charges=charge_desk(world),
        secure=told.web.secure_cookies,
        demo=told.demo,
        senders=sender_names(told),
        tariffs=channel_tariffs(told),
        watch=watch_limits(told),
        releases=camera_releases(cameras),
    )


def _official(world: World, assets: Assets) -> OfficialDeps:
    told = world.settings
    signing_key(told)  # one that cannot be used is told at the start
    return OfficialDeps(
        world.pool,
        assets,
        renew=partial(newest_signed, world.pool, told),
        host=portal_host(told),
        demo=told.demo,
        root_key=world.root_key,
        secure=told.web.secure_cookies,
    )


def _middleware(told: Settings) -> list[Callable[[ASGIApp], ASGIApp]]:
    """From the inside out."""
    secure = told.web.secure_cookies
    return [
        lambda app: LanguageSwitch(app, secure=secure),
        lambda app: SecurityHeaders(app, https=secure),
        lambda app: InFlightLimit(app, most=told.intake.max_bytes_in_flight, unknown=told.intake.max_request_bytes),
    ]


@asynccontextmanager
async def _ftp(cameras: CameraDoors, tell: Tell) -> AsyncIterator[None]:
    folder = cameras.settings.ftp_folder
    if folder is None:
        yield
        return
    watcher = FtpWatcher(folder, cameras)
    watching = asyncio.create_task(
        kept_going("ftp", lambda _stopping: watcher.run(), asyncio.Event(), tell), name="ftp"
    )
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _tell(world: World, lane: str, problem: BaseException) -> None:
    await note_lane_fault(world.pool, lane, f"{socket.gethostname()}:{os.getpid()}", problem)
