"""Many requests, one durable flush: the photographs of requests that arrive together share a batch."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from cakra.core.errors import CakraError, StoreError
from cakra.core.ports import PhotoStore
from cakra.kit.logs import get_logger

_log = get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    blobs: Mapping[bytes, bytes]
    done: asyncio.Future[None]


class PhotoBatcher:
    """Collects the photographs of concurrent requests and makes each batch durable with one flush.

    A batch goes when `max_wait_ms` have passed since its first request or it holds `max_batch`
    photographs; while one is being flushed the next one fills. When a shared batch fails, its requests
    are tried one by one, so that an error reaches exactly those whose photographs are concerned.
    """

    def __init__(self, store: PhotoStore, *, max_wait_ms: float = 4, max_batch: int = 64) -> None:
        self._store = store
        self._max_wait_s = max_wait_ms / 1000
        self._max_batch = max_batch
        self._queue: deque[_Waiting] = deque()
        self._queued_photos = 0
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        self._flusher: asyncio.Task[None] | None = None

    async def put(self, blobs: Mapping[bytes, bytes]) -> None:
        """Return when these photographs are durable; keys are raw SHA-256 digests.

        Raises what the store raises for them (InputError, StorageFull, StoreError), or StoreError when
        this batcher is closing; the request must then not be acknowledged.
        """
        if self._closing:
            raise StoreError("This process is stopping and takes no more photographs: send again.")
        if not blobs:
            return
        waiting = _Waiting(blobs, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued_photos += len(blobs)
        self._arrived.set()
        if self._queued_photos >= self._max_batch:
            self._full.set()
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._run(), name="photo-flusher")
        await waiting.done

    async def close(self) -> None:
        """Take nothing new, finish what waits, then return."""
        self._closing = True
        self._arrived.set()
        self._full.set()
        if self._flusher is not None:
            await self._flusher

    async def _run(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._queue or not self._closing:
                await self._arrived.wait()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), self._max_wait_s)
                batch = self._take()
                await self._flush(batch)
        finally:  # cancelled from outside: nobody may wait for ever
            for waiting in (*batch, *self._queue):
                _settle(waiting, StoreError("This process stopped before the photographs were kept: send again."))

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        photos = 0
        while self._queue and (not batch or photos + len(self._queue[0].blobs) <= self._max_batch):
            batch.append(self._queue.popleft())
            photos += len(batch[-1].blobs)
        self._queued_photos -= photos
        if not self._closing:
            if not self._queue:
                self._arrived.clear()
            if self._queued_photos < self._max_batch:
                self._full.clear()
        return batch

    async def _flush(self, batch: list[_Waiting]) -> None:
        batch = [waiting for waiting in batch if not waiting.done.done()]  # the others hung up
        if not batch:
            return
        error = await self._try(batch)
        if error is None or len(batch) == 1:
            for waiting in batch:
                _settle(waiting, error)
            return
        _log.warning("photo_batch_failed", requests=len(batch), error=str(error))
        for waiting in batch:
            _settle(waiting, await self._try([waiting]))

    async def _try(self, batch: list[_Waiting]) -> Exception | None:
        blobs = {digest: data for waiting in batch for digest, data in waiting.blobs.items()}
        try:
            await self._store.put_many(blobs)
        except CakraError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a fault of ours must reach the requests, not end the flusher
            _log.exception("photo_flush_crashed")
            return error
        return None


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():  # its request was cancelled
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        waiting.done.set_exception(error)
