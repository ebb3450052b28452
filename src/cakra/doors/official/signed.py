"""The register for machines: signed documents, signatures and keys, byte for byte as they were made."""

import hashlib
import http
import json
import re

from starlette.requests import Request
from starlette.responses import Response

from cakra.core.errors import NotFound
from cakra.delivery.official.document import instant
from cakra.delivery.official.publication import Publication, find_publication, public_keys
from cakra.doors.official.deps import OfficialDeps

# The newest may be replaced within minutes (a number taken over); an earlier one never changes.
_NEWEST = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_EVERYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_JSON = "application/json"


async def show_document(deps: OfficialDeps, request: Request) -> Response:
    """A publication; its signature is at the address that `Link` names, whatever is the newest by then."""
    found = await _publication(deps, request)
    return _answer(request, found.document.encode(), _JSON, found)


async def show_signature(deps: OfficialDeps, request: Request) -> Response:
    """64 bytes of Ed25519 over the document."""
    found = await _publication(deps, request)
    return _answer(request, found.signature, "application/octet-stream", found)


async def show_key(deps: OfficialDeps, request: Request) -> Response:
    """The public key that signed the newest publication."""
    newest = await _publication(deps, request)
    keys = {key.key_id: key.public_pem for key in await public_keys(deps.pool)}
    return _answer(request, keys[newest.key_id].encode(), "application/x-pem-file", None)


async def show_keys(deps: OfficialDeps, request: Request) -> Response:
    """Every key that ever signed, oldest first, and which must be believed no more."""
    told = [
        {
            "key_id": key.key_id,
            "public_pem": key.public_pem,
            "since": instant(key.since),
            "revoked_at": instant(key.revoked_at) if key.revoked_at else None,
        }
        for key in await public_keys(deps.pool)
    ]
    return _answer(request, json.dumps({"keys": told}, separators=(",", ":")).encode(), _JSON, None)


async def _publication(deps: OfficialDeps, request: Request) -> Publication:
    asked = request.path_params.get("number")
    if asked is None:
        found = await deps.renew()
        if found is None:
            raise NotFound("Nothing has been published yet; an administrator runs `cakra official publish`.")
        return found
    found = await find_publication(deps.pool, int(asked)) if _NUMBER.fullmatch(asked) else None
    if found is None:
        raise NotFound("There is no publication of this number; they count from 1 to that of official-senders.json.")
    return found


def _answer(request: Request, body: bytes, media_type: str, of: Publication | None) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _FOR_EVER if "number" in request.path_params else _NEWEST}
    headers |= _FOR_EVERYBODY
    if of is not None:
        own = f"/.well-known/official-senders/{of.number}.json"
        headers["Link"] = f'<{own}>; rel="canonical", <{own}.sig>; rel="signature"'
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=http.HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
