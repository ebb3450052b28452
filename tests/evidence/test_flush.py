import asyncio
from collections.abc import Mapping

import pytest

from cakra.core.errors import InputError, StorageFull, StoreError
from cakra.evidence.flush import PhotoBatcher
from cakra.evidence.hashes import sha256
from cakra.outside.photos import FolderPhotos


def blobs_of(*contents: bytes) -> dict[bytes, bytes]:
    return {sha256(content): content for content in contents}


class CountingFolder(FolderPhotos):
    """The real folder; counts its batches, can be held, and refuses more than `room` bytes a photograph."""

    def __init__(self, root, *, room: int = 1_000_000) -> None:
        super().__init__(root)
        self.batches: list[int] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.room = room

    async def put_many(self, blobs: Mapping[bytes, bytes]) -> None:
        self.batches.append(len(blobs))
        self.begun.set()
        await self.open.wait()
        if any(len(data) > self.room for data in blobs.values()):
            raise StorageFull("no room for that")
        await super().put_many(blobs)


async def test_many_requests_share_few_flushes_and_all_is_durable(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store, max_batch=64)
    requests = [blobs_of(b"front %d" % number, b"plate %d" % number) for number in range(96)]
    await asyncio.gather(*(batcher.put(blobs) for blobs in requests))
    assert sum(store.batches) == 192
    assert max(store.batches) <= 64
    assert len(store.batches) <= 6  # 96 requests
    digests = {digest for blobs in requests for digest in blobs}
    assert await store.has(list(digests)) == digests
    await batcher.close()


async def test_a_lone_request_does_not_wait_for_company(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store)
    for number in range(3):
        await asyncio.wait_for(batcher.put(blobs_of(b"%d" % number)), 30)
    assert store.batches == [1, 1, 1]
    await batcher.close()


async def test_a_request_larger_than_a_batch_goes_alone(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store, max_batch=2)
    await batcher.put(blobs_of(b"1", b"2", b"3", b"4", b"5"))
    assert store.batches == [5]
    await batcher.close()


async def test_an_error_reaches_exactly_the_requests_concerned(tmp_path):
    store = CountingFolder(tmp_path, room=10)
    batcher = PhotoBatcher(store, max_wait_ms=50)
    good, misnamed, large = blobs_of(b"good"), {sha256(b"announced"): b"sent"}, blobs_of(b"too large for it")
    outcomes = await asyncio.gather(
        batcher.put(good), batcher.put(misnamed), batcher.put(large), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), InputError, StorageFull]
    assert await store.has([*good, *misnamed, *large]) == set(good)
    await batcher.close()


async def test_a_request_that_hangs_up_disturbs_nobody(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store)
    store.open.clear()
    gone = asyncio.create_task(batcher.put(blobs_of(b"gone")))
    await store.begun.wait()
    stays = asyncio.create_task(batcher.put(blobs_of(b"stays")))
    gone.cancel()
    store.open.set()
    await stays
    assert await store.has([sha256(b"stays")]) == {sha256(b"stays")}
    with pytest.raises(asyncio.CancelledError):
        await gone
    await batcher.close()


async def test_closing_finishes_what_waits_and_takes_nothing_new(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store, max_wait_ms=60_000)  # only closing can end this wait in time
    waiting = [asyncio.create_task(batcher.put(blobs_of(b"%d" % number))) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.wait_for(batcher.close(), 30)
    await asyncio.gather(*waiting)
    assert len(await store.has([sha256(b"%d" % number) for number in range(5)])) == 5
    with pytest.raises(StoreError, match="stopping"):
        await batcher.put(blobs_of(b"late"))


async def test_a_batcher_never_used_closes(tmp_path):
    await PhotoBatcher(FolderPhotos(tmp_path)).close()


async def test_when_the_flusher_is_cancelled_nobody_waits_for_ever(tmp_path):
    store = CountingFolder(tmp_path)
    batcher = PhotoBatcher(store)
    store.open.clear()
    in_flight = asyncio.create_task(batcher.put(blobs_of(b"in flight")))
    await store.begun.wait()
    queued = asyncio.create_task(batcher.put(blobs_of(b"queued")))
    await asyncio.sleep(0)
    batcher._flusher.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(in_flight, queued, return_exceptions=True), 30)
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
