"""Static files under names that carry their hash, so that a browser may keep them for ever."""

import gzip
import hashlib
import http
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"
_PREFIX = "/aset"
_PART_OF_HOUSE = re.compile(r"\d+-.*\.css")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: plain and compressed."""

    plain: bytes
    packed: bytes
    media_type: str


class Assets:
    """The files of `static/`; its numbered style sheets are joined, in order, into `house.css`, others stay apart."""

    def __init__(self, package: str = "cakra.doors.design") -> None:
        files = sorted(resources.files(package).joinpath("static").iterdir(), key=lambda file: file.name)
        contents: dict[str, bytes] = {"house.css": b""}
        for file in files:
            name = "house.css" if file.name[0].isdigit() and file.name.endswith(".css") else file.name
            contents[name] = contents.get(name, b"") + _read(file)
        self._named: dict[str, str] = {}
        self._kept: dict[str, Asset] = {}
        for name, content in contents.items():
            stem, _, ending = name.rpartition(".")
            hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            self._named[name] = f"{_PREFIX}/{hashed}"
            self._kept[hashed] = Asset(content, gzip.compress(content, 9, mtime=0), _TYPES[ending])

    def path(self, name: str) -> str:
        """Where a page finds the file; KeyError for a file that is not there."""
        return self._named[name]

    def get(self, hashed: str) -> Asset | None:
        """The file under its hashed name."""
        return self._kept.get(hashed)


def _read(file: Traversable) -> bytes:
    return file.read_bytes()


def asset_route(assets: Assets) -> Route:
    """The one route that serves them all (GET and HEAD)."""

    async def serve(request: Request) -> Response:
        asset = assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=http.HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, media_type=asset.media_type, headers=headers)
        return Response(asset.plain, media_type=asset.media_type, headers=headers)

    return Route(f"{_PREFIX}/{{name}}", serve, name="asset")
