"""The HTTP application of one process, with everything its doors need."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from cakra.core.delivery.ladder import DEFAULT_WITHIN_S
from cakra.core.errors import SetupError
from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.doors.callbacks.routes import MAX_BODY_BYTES
from cakra.doors.cameras import CameraDoors, FtpWatcher, build_camera_routes, camera_releases
from cakra.doors.citizen import CitizenDeps, build_citizen_routes
from cakra.doors.citizen.deps import PortalDeps
from cakra.doors.citizen.visiting import read_guessing
from cakra.doors.design import Assets
from cakra.doors.inflight import InFlightLimit, Room
from cakra.doors.language import LanguageSwitch
from cakra.doors.officer import OfficerDeps, build_officer_routes, officer_deps
from cakra.doors.official import OfficialDeps, build_official_routes
from cakra.doors.problems import Page
from cakra.doors.security import SecurityHeaders
from cakra.engine.patience import Tell
from cakra.engine.worker import kept_going
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.outside.whatsapp import challenge
from cakra.store.db import Connection
from cakra.store.faults.aside import note_lane_fault
from cakra.wiring import whatsapp
from cakra.wiring.cameras import watch_limits
from cakra.wiring.cameras.quarantine import open_camera_doors
from cakra.wiring.keeping.aside import lane_releases
from cakra.wiring.lanes import charge_desk
from cakra.wiring.official.hosts import portal_host
from cakra.wiring.official.signing import newest_signed, signing_key
from cakra.wiring.outgoing.channels import sender_names
from cakra.wiring.outgoing.money import channel_tariffs
from cakra.wiring.outgoing.sms import infobip_door
from cakra.wiring.world import World, offence_labels

_CALLBACKS_BYTES = 16 * 1024 * 1024


def require_closed_cookies(settings: Settings) -> None:
    """SetupError when people come by HTTPS and their cookies would also go over plain HTTP."""
    if urlsplit(settings.portal.base_url.strip()).scheme.lower() == "https" and not settings.web.secure_cookies:
        raise SetupError(
            "CAKRA_PORTAL__BASE_URL begins with https and cookies are open: set CAKRA_WEB__SECURE_COOKIES=true."
        )


async def portal_told(settings: Settings, connection: Connection, _url: str) -> str:
    """For `cakra doctor`: SetupError for open cookies, for cases closed by guessing, and for many wrong answers."""
    require_closed_cookies(settings)
    found = await read_guessing(connection, now())
    if found.closed:
        raise SetupError(f"The chassis number of {found.closed} cases was guessed at until it was closed, this week.")
    if found.wrong > settings.portal.attempts_global:
        raise SetupError(f"{found.wrong} wrong answers came to the portal within the hour.")
    return f"{found.wrong} wrong answers within the hour, no case closed by guessing"


@asynccontextmanager
async def web_app(world: World) -> AsyncIterator[ASGIApp]:
    """All doors; the FTP drop is watched as long as the application lives."""
    told = world.settings
    require_closed_cookies(told)
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
        world.pool, world.root_key, world.photos, world.law, world.policies, told, assets, senders=sender_names(told)
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
            page = PortalDeps.open(citizens).pages.problem
            yield build_app(routers, world.pool, page=page, middleware=_middleware(told, page))
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
        releases=camera_releases(cameras) | lane_releases(world),
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


def _middleware(told: Settings, page: Page) -> list[Callable[[ASGIApp], ASGIApp]]:
    """From the inside out."""
    secure = told.web.secure_cookies
    return [
        lambda app: LanguageSwitch(app, secure=secure),
        lambda app: InFlightLimit(app, rooms=_rooms(told), page=page),
        lambda app: SecurityHeaders(app, https=secure),
    ]


def _rooms(told: Settings) -> list[Room]:
    """Cameras' bodies and providers' each have room of their own; all else are pages."""
    return [
        Room(("/v1/events", "/v1/photos/", "/v1/hikvision/"), room=told.intake.max_bytes_in_flight),
        Room(("/v1/callbacks/",), room=_CALLBACKS_BYTES, most=MAX_BODY_BYTES),
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
