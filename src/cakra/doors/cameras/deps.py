"""What the cameras' doors need from the rest of the house; `wiring` fills it in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.ports import PhotoStore
from cakra.evidence.flush import PhotoBatcher
from cakra.evidence.picture import PictureLimits
from cakra.journey.intake import CameraBook, CameraPresence, IntakeBatcher, Quarantine
from cakra.kit.clock import now
from cakra.kit.killable import KillableProcesses
from cakra.kit.seal import Sealer
from cakra.kit.settings import Intake
from cakra.store.db import Pool


@dataclass(frozen=True, slots=True)
class CameraDoors:
    """Shared by the three doors of one process. `offences`: the codes of the catalogue."""

    settings: Intake
    offences: frozenset[str]
    cameras: CameraBook
    quarantine: Quarantine
    presence: CameraPresence
    events: IntakeBatcher
    photos: PhotoBatcher
    store: PhotoStore = field(repr=False)
    clock: Callable[[], datetime] = now
    apart: KillableProcesses = field(default_factory=lambda: KillableProcesses(1, _nothing), repr=False)
    """Where pictures are inspected that may take long; begun with the first of them."""

    @property
    def picture_limits(self) -> PictureLimits:
        """What one photograph may weigh and measure."""
        return PictureLimits(self.settings.max_request_bytes, int(self.settings.max_megapixels * 1_000_000))

    async def close(self) -> None:
        """Finish what waits to be written; the pool and the store stay open."""
        await self.events.close()
        await self.photos.close()
        await self.apart.close()


def _nothing() -> None:
    """An inspecting process needs no preparation."""


def camera_doors(
    pool: Pool,
    store: PhotoStore,
    *,
    root_key: bytes,
    settings: Intake,
    offences: frozenset[str],
    flush_ms: float = 4.0,
    clock: Callable[[], datetime] = now,
) -> CameraDoors:
    """Put the doors of one process together. Call it inside the running event loop."""
    return CameraDoors(
        settings=settings,
        offences=offences,
        cameras=CameraBook(pool, Sealer(root_key, "camera")),
        quarantine=Quarantine(pool, Sealer(root_key, "quarantine"), settings),
        presence=CameraPresence(pool),
        events=IntakeBatcher(pool, settings),
        photos=PhotoBatcher(store, max_wait_ms=flush_ms),
        store=store,
        clock=clock,
    )
