"""The HTTP application of one process, with everything its doors need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.doors.cameras import CameraDoors, FtpWatcher, build_camera_routes, camera_doors
from cakra.outside.whatsapp import WhatsAppCallbacks, challenge
from cakra.wiring.world import World


@asynccontextmanager
async def web_app(world: World) -> AsyncIterator[ASGIApp]:
    """All doors; the FTP drop is watched as long as the application lives."""
    told = world.settings
    cameras = camera_doors(
        world.pool,
        world.photos,
        root_key=world.root_key,
        settings=told.intake,
        offences=frozenset(world.law.offences.codes),
        flush_ms=told.photos.flush_ms,
    )
    callbacks = CallbackDeps(
        world.pool,
        world.sealer("callback"),
        WhatsAppCallbacks(told.whatsapp.app_secret),
        lambda query: challenge(query, told.whatsapp.verify_token),
    )
    try:
        async with _ftp(cameras):
            yield build_app([build_camera_routes(cameras), build_callback_routes(callbacks)], world.pool)
    finally:
        await cameras.close()


@asynccontextmanager
async def _ftp(cameras: CameraDoors) -> AsyncIterator[None]:
    folder = cameras.settings.ftp_folder
    if folder is None:
        yield
        return
    watching = asyncio.create_task(FtpWatcher(folder, cameras).run(), name="ftp")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
