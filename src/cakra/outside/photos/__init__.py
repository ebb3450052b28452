"""Where original and derived photographs rest: a folder, or any S3-compatible object store.

Objects are named by the SHA-256 of their content, written once and never changed. `put_many` returns
only when everything is durable, with one flush for the whole batch, so that an event can be
acknowledged. What is read is hashed again: a damaged photograph is never handed out as evidence.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from cakra.core.errors import SetupError
from cakra.core.ports import PhotoStore
from cakra.outside.photos.bucket import BucketPhotos
from cakra.outside.photos.folder import FolderPhotos

__all__ = ["BucketPhotos", "FolderPhotos", "open_photo_store"]


def open_photo_store(url: str) -> PhotoStore:
    """The store at `url`: a folder (`/path` or `file:///path`) or `s3://bucket/prefix`.

    A bucket's keys, region and endpoint come from the usual AWS_* environment variables.
    Raises SetupError when the address names neither, or the folder cannot be made.
    """
    scheme = urlsplit(url).scheme
    if scheme == "s3":
        return BucketPhotos.at(url)
    if scheme == "file":
        return FolderPhotos(Path(unquote(urlsplit(url).path)))
    if "://" in url or not url:
        raise SetupError(f"The photo store “{url}” is neither a folder nor s3://bucket/prefix: name one of them.")
    return FolderPhotos(Path(url))
