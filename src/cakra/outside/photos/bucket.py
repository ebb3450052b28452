"""Photographs in an S3-compatible bucket; a put that has returned is durable there."""

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import from_url

from cakra.core.errors import SetupError, StoreAway
from cakra.kit.logs import get_logger
from cakra.outside.photos.content import damaged, is_content_of, missing, object_name, refuse_misnamed

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_log = get_logger(__name__)

_CALLS_AT_ONCE = 16
_DELETED_AT_ONCE = 1000  # as many as one request may name
# A camera waits for the acknowledgement: give up while it still listens, it sends again.
_TIMEOUT = timedelta(seconds=10)
_RETRIES = 2
_STATUS = re.compile(r"status code: (\d{3})")
_NOT_DONE = frozenset({400, 405, 501})
_UNKNOWN_AFTER = 3
"""So many create-only puts may be refused by chance (another wrote the same at that moment)."""


class BucketPhotos:
    """A `PhotoStore` in a bucket; an object that exists is compared before it is trusted."""

    def __init__(self, store: "ObjectStore", name: str) -> None:
        self._store = store
        self._name = name
        self._slots = asyncio.Semaphore(_CALLS_AT_ONCE)
        self.create_only = True
        """False once the store has shown that it knows no create-only puts (`If-None-Match: *`)."""
        self._unknown = 0

    @classmethod
    def at(cls, url: str) -> "BucketPhotos":
        """The bucket at `s3://bucket/prefix`, configured by AWS_* variables. Raises SetupError."""
        # Naming any client option makes obstore forget this variable, so it is handed on by hand.
        plain_http = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"
        try:
            store = from_url(
                url,
                client_options={"timeout": _TIMEOUT, "allow_http": plain_http},
                retry_config={"max_retries": _RETRIES, "retry_timeout": _TIMEOUT},
            )
        except (BaseError, ValueError) as error:
            raise SetupError(f"The photo store {url} cannot be used: {error}") from error
        return cls(store, url)

    async def put_many(self, blobs: Mapping[bytes, bytes]) -> None:
        """Return when all blobs are durable. Raises InputError or StoreAway; putting again is safe."""
        await asyncio.to_thread(refuse_misnamed, blobs)
        # Every call is awaited before the first failure is told, so that none goes on behind it.
        outcomes = await asyncio.gather(
            *(self._put(digest, data) for digest, data in blobs.items()), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def get(self, digest: bytes) -> bytes:
        """The bytes with that digest; NotFound, StoreAway, or StoreError `photo_damaged` when they no longer match."""
        data = await self._read(digest)
        if data is None:
            raise missing(digest)
        if not is_content_of(digest, data):
            raise damaged(digest, self._name)
        return data

    async def has(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of the digests that the bucket holds. It takes objects whole or not at all. StoreAway."""
        found = await asyncio.gather(*(self._exists(digest) for digest in digests))
        return {digest for digest, here in zip(digests, found, strict=True) if here}

    async def delete_many(self, digests: Sequence[bytes]) -> None:
        """Return when the bucket holds none of these any more. InputError for what is no digest, StoreAway."""
        named = [(digest, object_name(digest)) for digest in digests]
        for first in range(0, len(named), _DELETED_AT_ONCE):
            part = named[first : first + _DELETED_AT_ONCE]
            async with self._slots:
                try:
                    await obstore.delete_async(self._store, [name for _, name in part])
                    continue
                except (NotFoundError, FileNotFoundError) as error:
                    told = error
                except BaseError as error:
                    raise self._not_let_go(error) from error
            # One that is not there is no fault, but a store that does not know the question says the same.
            if "NoSuchBucket" in str(told) or await self.has([digest for digest, _ in part]):
                raise self._not_let_go(told) from told

    def _not_let_go(self, error: Exception) -> StoreAway:
        return StoreAway(
            f"The photo bucket {self._name} did not let a photograph go ({str(error).splitlines()[0]}): "
            "it is tried again. Check the bucket and the rights of its keys."
        )

    async def _put(self, digest: bytes, data: bytes) -> None:
        path = object_name(digest)
        if not self.create_only or not await self._create(path, data):
            held = await self._read(digest) if self.create_only else None
            if held == data:
                return
            if held is not None:
                _log.warning("photo_repaired", sha256=digest.hex())
            elif self.create_only:
                self._notice_no_create()
            await self._overwrite(path, data)

    async def _create(self, path: str, data: bytes) -> bool:
        """Whether a new object was written; False where there is one, or the store writes none in this way."""
        async with self._slots:
            try:
                await obstore.put_async(self._store, path, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            except (BaseError, FileNotFoundError) as error:  # the latter: there is no such bucket
                if not _is_unknown_to_it(error):
                    raise self._refusal(error) from error
                self._unknown = _UNKNOWN_AFTER
                return False
            self._unknown = 0
            return True

    async def _overwrite(self, path: str, data: bytes) -> None:
        """A plain put: the name is the content, so whatever was there is the same or damaged."""
        async with self._slots:
            try:
                await obstore.put_async(self._store, path, data, use_multipart=False)
            except (BaseError, FileNotFoundError) as error:
                raise self._refusal(error) from error

    def _notice_no_create(self) -> None:
        """A store that refuses a create-only put of what it does not hold knows no such puts (after a few of them)."""
        self._unknown += 1
        if self._unknown > _UNKNOWN_AFTER:
            self.create_only = False
            _log.warning("photo_store_without_create_only", store=self._name)

    async def _read(self, digest: bytes) -> bytes | None:
        async with self._slots:
            try:
                result = await obstore.get_async(self._store, object_name(digest))
                return bytes(await result.bytes_async())
            except (NotFoundError, FileNotFoundError) as error:
                self._require_bucket(error)
                return None
            except BaseError as error:
                raise self._refusal(error) from error

    async def _exists(self, digest: bytes) -> bool:
        async with self._slots:
            try:
                await obstore.head_async(self._store, object_name(digest))
            except (NotFoundError, FileNotFoundError) as error:
                self._require_bucket(error)
                return False
            except BaseError as error:
                raise self._refusal(error) from error
            return True

    def _require_bucket(self, error: Exception) -> None:
        """StoreAway when not the object but its whole bucket is missing."""
        if "NoSuchBucket" in str(error):
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> StoreAway:
        cause = str(error).splitlines()[0]
        return StoreAway(
            f"The photo bucket {self._name} did not keep or give a photograph ({cause}): "
            "nothing was acknowledged. Check the bucket and its keys, then send again."
        )


def _is_unknown_to_it(error: Exception) -> bool:
    """Whether the store answered that it does not do what was asked; only its words tell."""
    found = _STATUS.search(str(error))
    return found is not None and int(found[1]) in _NOT_DONE
