import asyncio
import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.outside.s3_peer import S3Peer, running_s3

from cakra.core.errors import InputError, NotFound, SetupError, StorageFull, StoreAway, StoreError
from cakra.core.ports import PhotoStore
from cakra.evidence.hashes import sha256
from cakra.outside.photos import BucketPhotos, FolderPhotos, open_photo_store
from cakra.outside.photos.content import object_name
from cakra.store.faults.away import is_away


def blobs_of(*contents: bytes) -> dict[bytes, bytes]:
    return {sha256(content): content for content in contents}


@pytest.fixture
async def s3(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3Peer]:
    async with running_s3() as peer:
        for name, value in {
            "AWS_ENDPOINT": f"http://127.0.0.1:{peer.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "id-jakarta-1",
            "AWS_ACCESS_KEY_ID": "contoh",
            "AWS_SECRET_ACCESS_KEY": "contoh",
        }.items():
            monkeypatch.setenv(name, value)
        yield peer


@pytest.fixture(params=["folder", "folder without syncfs", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3: S3Peer) -> PhotoStore:
    match request.param:
        case "folder":
            return open_photo_store(f"file://{tmp_path}/with%20space")
        case "folder without syncfs":
            return FolderPhotos(tmp_path / "photos", syncfs=None)
        case _:
            return open_photo_store("s3://photos/original")


def damage(store: PhotoStore, s3: S3Peer, digest: bytes, data: bytes) -> None:
    if isinstance(store, FolderPhotos):
        path = store._root / object_name(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)
    else:
        s3.objects["original/" + object_name(digest)] = data


async def test_what_was_put_is_there_and_comes_back(store):
    blobs = blobs_of(b"front", b"plate", b"")
    await store.put_many(blobs)
    await store.put_many(blobs)
    absent = sha256(b"never sent")
    assert await store.has([*blobs, absent]) == set(blobs)
    assert {digest: await store.get(digest) for digest in blobs} == blobs
    with pytest.raises(NotFound, match=absent.hex()) as missing:
        await store.get(absent)
    assert missing.value.code == "photo_missing"


async def test_nothing_to_put_is_no_error(store):
    await store.put_many({})
    assert await store.has([]) == set()


async def test_what_was_deleted_is_gone_deleting_again_is_harmless_and_it_can_come_back(store):
    blobs = blobs_of(b"to go", b"to stay")
    gone, kept = blobs
    await store.put_many(blobs)
    await store.delete_many([])
    for _ in range(2):
        await store.delete_many([gone, sha256(b"never sent")])
        assert await store.has(list(blobs)) == {kept}
    with pytest.raises(NotFound):
        await store.get(gone)
    await store.put_many(blobs)
    assert {digest: await store.get(digest) for digest in blobs} == blobs


async def test_what_is_no_digest_is_not_deleted(store):
    with pytest.raises(InputError, match="32 bytes"):
        await store.delete_many([b"../../etc"])


@pytest.mark.parametrize("answer", [(404, "NoSuchBucket"), (404, "NotFound"), (405, "MethodNotAllowed")])
async def test_a_bucket_that_does_not_know_how_to_delete_is_not_believed(s3, answer):
    store = open_photo_store("s3://photos/original")
    (digest,) = blobs = blobs_of(b"evidence")
    await store.put_many(blobs)
    s3.undeleting = answer
    with pytest.raises(StoreAway, match="let a photograph go"):
        await store.delete_many([digest])
    assert await store.has([digest]) == {digest}


async def test_one_that_the_bucket_keeps_is_told_and_the_others_are_gone(s3):
    store = open_photo_store("s3://photos/original")
    locked, free = blobs = blobs_of(b"locked", b"free")
    await store.put_many(blobs)
    s3.fail_puts_of.add("original/" + object_name(locked))
    with pytest.raises(StoreAway, match="let a photograph go"):
        await store.delete_many(list(blobs))
    assert await store.has([locked, free]) == {locked}


async def test_a_store_that_is_away_has_deleted_nothing_and_says_so(store, s3):
    blobs = blobs_of(b"evidence")
    await store.put_many(blobs)
    if isinstance(store, FolderPhotos):
        (store._root / "incoming").rename(store._root / "unmounted")
    else:
        s3.away = (403, "AccessDenied")
    with pytest.raises(StoreAway, match=r"let (a photograph|photographs) go"):
        await store.delete_many(list(blobs))
    if isinstance(store, FolderPhotos):
        (store._root / "unmounted").rename(store._root / "incoming")
    else:
        s3.away = None
    assert await store.has(list(blobs)) == set(blobs)


async def test_damage_is_found_on_reading_and_mended_by_the_next_put(store, s3):
    blobs = blobs_of(b"an original")
    (digest,) = blobs
    await store.put_many(blobs)
    damage(store, s3, digest, b"an origin")
    with pytest.raises(StoreError, match="damaged") as damaged:
        await store.get(digest)
    assert damaged.value.code == "photo_damaged"
    await store.put_many(blobs)
    assert await store.get(digest) == b"an original"


async def test_a_blob_under_a_wrong_name_is_refused_and_nothing_kept(store):
    right = blobs_of(b"right")
    wrong = sha256(b"announced")
    with pytest.raises(InputError, match="other content") as refused:
        await store.put_many({**right, wrong: b"sent"})
    assert refused.value.code == "photo_hash_mismatch"
    assert await store.has([*right, wrong]) == set()


async def test_a_name_that_is_no_digest_is_refused(store):
    with pytest.raises(InputError, match="32 bytes"):
        await store.get(b"short")


async def test_concurrent_puts_of_the_same_photographs(store):
    blobs = blobs_of(*(os.urandom(20_000) for _ in range(8)))
    await asyncio.gather(*(store.put_many(blobs) for _ in range(8)))
    assert {digest: await store.get(digest) for digest in blobs} == blobs


async def test_a_short_file_left_by_a_crash_is_not_trusted(tmp_path, s3):
    store = FolderPhotos(tmp_path)
    blobs = blobs_of(b"whole photograph", b"another")
    first, second = blobs
    damage(store, s3, first, b"whole pho")
    await store.put_many({second: blobs[second]})
    assert await store.has(list(blobs)) == {second}
    await store.put_many(blobs)
    assert await store.has(list(blobs)) == set(blobs)


async def test_originals_cannot_be_written_to_and_leave_nothing_half_done(tmp_path):
    store = FolderPhotos(tmp_path)
    (digest,) = blobs = blobs_of(b"original")
    await store.put_many(blobs)
    assert (tmp_path / object_name(digest)).stat().st_mode & 0o777 == 0o440
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_one_flush_for_a_whole_batch(tmp_path):
    flushed = []
    store = FolderPhotos(tmp_path, syncfs=lambda descriptor: flushed.append(descriptor) or 0)
    await store.put_many(blobs_of(*(bytes([number]) for number in range(40))))
    assert len(flushed) == 1


async def test_after_a_failed_flush_nothing_is_acknowledged_or_trusted_from_the_cache(tmp_path):
    answers = [-1, 0, 0, 0]
    store = FolderPhotos(tmp_path, syncfs=lambda _descriptor: answers.pop(0))
    (digest,) = blobs = blobs_of(b"did it reach the disk?")
    with pytest.raises(StoreError, match="nothing was acknowledged"):
        await store.put_many(blobs)
    doubtful = (tmp_path / object_name(digest)).stat().st_ino
    assert await store.has([digest]) == set()
    await store.put_many(blobs)
    assert (tmp_path / object_name(digest)).stat().st_ino != doubtful  # written anew, not believed
    assert await store.has([digest]) == {digest}


async def test_abandoned_files_are_swept_young_ones_stay(tmp_path):
    FolderPhotos(tmp_path)
    old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))
    FolderPhotos(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


_OVER_A_LIMIT = """
    import asyncio, hashlib, resource, sys
    from pathlib import Path
    from cakra.core.errors import StorageFull
    from cakra.outside.photos import FolderPhotos
    store = FolderPhotos(Path(sys.argv[1]))
    small, large = b"s" * 1000, b"l" * 100_000
    named = {hashlib.sha256(data).digest(): data for data in (small, large)}
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        asyncio.run(store.put_many(named))
    except StorageFull as error:
        sys.stdout.write(error.sentence)
        sys.exit(7)
"""


async def test_a_disk_that_takes_no_more_is_told_and_nothing_half_kept(tmp_path):
    program = [sys.executable, "-c", textwrap.dedent(_OVER_A_LIMIT), str(tmp_path)]
    ended = await asyncio.to_thread(subprocess.run, program, capture_output=True, text=True, check=False)
    assert ended.returncode == 7, ended.stderr
    assert "no room left" in ended.stdout
    assert str(tmp_path) in ended.stdout
    large = b"l" * 100_000
    store = FolderPhotos(tmp_path)
    assert await store.has([sha256(large)]) == set()
    assert list((tmp_path / "incoming").iterdir()) == []
    await store.put_many(blobs_of(large))
    assert await store.get(sha256(large)) == large


@pytest.fixture
def tiny_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False, capture_output=True
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("a tiny disk needs root and the right to mount; the size limit test covers the rest")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_full_disk(tiny_disk):
    store = FolderPhotos(tiny_disk)
    kept = blobs_of(os.urandom(50_000))
    await store.put_many(kept)
    too_much = blobs_of(*(os.urandom(60_000) for _ in range(8)))
    with pytest.raises(StorageFull, match="Free space"):
        await store.put_many(too_much)
    assert list((tiny_disk / "incoming").iterdir()) == []
    ((digest, data),) = kept.items()
    assert await store.get(digest) == data


_WRITER = """
    import asyncio, hashlib, sys
    from pathlib import Path
    from cakra.outside.photos import FolderPhotos
    store = FolderPhotos(Path(sys.argv[1]))
    contents = [bytes([number]) * 50_000 for number in range(60)]
    blobs = {hashlib.sha256(content).digest(): content for content in contents}
    sys.stdin.readline()  # all processes start together
    asyncio.run(store.put_many(blobs))
"""


def start_writer(folder: Path) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", textwrap.dedent(_WRITER), str(folder)]
    return subprocess.Popen(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_several_processes_put_the_same_photographs(tmp_path):
    writers = [start_writer(tmp_path) for _ in range(3)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, complaints = await asyncio.to_thread(writer.communicate, timeout=60)
        assert (writer.returncode, complaints) == (0, "")
    digests = [sha256(bytes([number]) * 50_000) for number in range(60)]
    assert await FolderPhotos(tmp_path).has(digests) == set(digests)


async def test_a_bucket_that_refuses_says_so(s3):
    store = open_photo_store("s3://photos/original")
    kept, refused = b"kept", b"refused"
    s3.fail_puts_of.add("original/" + object_name(sha256(refused)))
    with pytest.raises(StoreError, match=r"s3://photos/original .* nothing was acknowledged"):
        await store.put_many(blobs_of(kept, refused))
    assert await store.has([sha256(kept), sha256(refused)]) == {sha256(kept)}


async def test_a_bucket_object_is_created_only_once(s3):
    store = open_photo_store("s3://photos/original")
    (digest,) = blobs = blobs_of(b"original")
    await store.put_many(blobs)
    before = s3.objects["original/" + object_name(digest)]
    await store.put_many(blobs)
    assert s3.objects["original/" + object_name(digest)] is before


@pytest.mark.parametrize("answer", [(501, "NotImplemented"), (409, "OperationAborted"), (400, "InvalidArgument")])
async def test_a_bucket_that_knows_no_create_only_puts_keeps_photographs_by_plain_ones(s3, answer):
    s3.conditional = answer
    store = BucketPhotos.at("s3://photos/original")
    blobs = [blobs_of(bytes([number])) for number in range(6)]
    for one in blobs:
        await store.put_many(one)
    for one in blobs:
        ((digest, data),) = one.items()
        assert await store.get(digest) == data
    assert not store.create_only
    assert s3.plain_puts == 6
    await store.put_many(blobs[0])
    assert s3.plain_puts == 7, "the name is the content: writing it again changes nothing"


async def test_a_bucket_that_answers_409_to_one_put_only_stays_create_only(s3):
    store = BucketPhotos.at("s3://photos/original")
    s3.conditional = (409, "ConditionalRequestConflict")
    await store.put_many(blobs_of(b"at the same moment"))
    s3.conditional = None
    await store.put_many(blobs_of(b"later"))
    assert store.create_only
    assert await store.get(sha256(b"at the same moment")) == b"at the same moment"


@pytest.mark.parametrize(
    "answer",
    [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests"), (403, "AccessDenied"), (404, "NoSuchBucket")],
)
async def test_a_bucket_that_is_away_is_no_missing_photograph(s3, answer):
    store = BucketPhotos.at("s3://photos/original")
    kept = blobs_of(b"kept")
    await store.put_many(kept)
    s3.away = answer
    calls = [lambda: store.get(*kept), lambda: store.put_many(kept)]
    if answer[0] != 404:  # a HEAD has no body that would say what is missing
        calls.append(lambda: store.has(list(kept)))
    for call in calls:
        with pytest.raises(StoreAway):
            await call()
    s3.away = (404, "NoSuchKey")
    with pytest.raises(NotFound):
        await store.get(*kept)


async def test_a_folder_that_is_away_is_no_missing_photograph(tmp_path):
    store = FolderPhotos(tmp_path / "disk")
    (kept,) = blobs = blobs_of(b"kept")
    await store.put_many(blobs)
    (tmp_path / "disk").rename(tmp_path / "elsewhere")
    (tmp_path / "disk").mkdir()  # a mount point whose disk is gone
    with pytest.raises(StoreAway):
        await store.get(kept)
    (tmp_path / "disk").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "disk")
    assert await store.get(kept) == b"kept"
    with pytest.raises(NotFound):
        await store.get(sha256(b"never"))


async def test_a_photograph_that_is_there_and_cannot_be_read_is_damaged(tmp_path):
    store = FolderPhotos(tmp_path)
    (kept,) = blobs = blobs_of(b"kept")
    await store.put_many(blobs)
    path = tmp_path / object_name(kept)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError) as damaged:
        await store.get(kept)
    assert (damaged.value.code, is_away(damaged.value)) == ("photo_damaged", False)


@pytest.mark.parametrize("url", ["", "ftp://example.example/photos", "http://example.example"])
def test_an_address_that_is_no_store_is_named(url):
    with pytest.raises(SetupError, match="neither a folder nor s3"):
        open_photo_store(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match=os.strerror(errno.ENOTDIR)):
        open_photo_store(str(tmp_path / "file" / "photos"))
