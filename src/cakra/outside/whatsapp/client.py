"""Sending through the WhatsApp Cloud API."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.multipart import FormBuilder, PartBuilder
from pyreqwest.request import RequestBuilder

from cakra.core.delivery.refusals import CLOSED, refused
from cakra.core.foreign import pause_s
from cakra.core.ports import RECALLED, Action, Message, Picture, Replier, Reply, Sender, SendResult, SendState
from cakra.kit.clock import now
from cakra.kit.closable import Closable
from cakra.outside.loopback import is_on_loopback
from cakra.outside.whatsapp.answers import (
    ANSWER_LIMIT_BYTES,
    HttpAnswer,
    never_sent,
    read_media_id,
    read_send_answer,
    read_send_fault,
    refusal,
)
from cakra.outside.whatsapp.codes import PICTURE_CODES, action_for
from cakra.outside.whatsapp.payload import TemplateShape, template_send, text_send
from cakra.outside.whatsapp.reading import digits

USER_AGENT = "cakra/0.1.0"
MEDIA_VALID = timedelta(days=29)  # the provider keeps uploads 30 days
MEDIA_CACHE_ENTRIES = 10_000
# Shorter than any server's keep-alive: a connection that the other side closes as we write on it would
# turn into an unknown outcome.
_IDLE_CONNECTION = timedelta(seconds=4)
_CONNECT_LIMIT_S = 5.0
_UPLOADS = 2  # a picture that was not taken is uploaded once more


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """One official WhatsApp number and how to reach the provider with it.

    `base_url` has no version (`https://graph.facebook.com`), `api_version` is like `v25.0`;
    `business_account_id` (WABA) is needed to register templates only.
    """

    base_url: str
    api_version: str
    phone_number_id: str
    access_token: str = field(repr=False)
    display_number: str
    timeout_s: float = 10.0
    max_connections: int = 64
    business_account_id: str = ""

    def address(self, owner: str, edge: str) -> str:
        """The address of one edge (`messages`, `media`, …) of a number or business account."""
        return f"{self.base_url.rstrip('/')}/{self.api_version}/{owner}/{edge}"


def build_client(account: WhatsAppAccount) -> Client:
    """A pooled client with the account's token; never follows redirects (a send must not go out twice).

    A provider on loopback is called directly: the environment's proxy would take the message elsewhere.
    """
    total = timedelta(seconds=account.timeout_s)
    builder = ClientBuilder()
    if is_on_loopback(account.base_url):
        builder = builder.no_proxy()
    return (
        builder.user_agent(USER_AGENT)
        .default_headers({"Authorization": f"Bearer {account.access_token}"})
        .timeout(total)
        .connect_timeout(min(total / 2, timedelta(seconds=_CONNECT_LIMIT_S)))
        .pool_timeout(total)
        .pool_idle_timeout(_IDLE_CONNECTION)
        .pool_max_idle_per_host(account.max_connections)
        .max_connections(account.max_connections)
        .follow_redirects(False)
        .build()
    )


async def read_answer(request: RequestBuilder) -> HttpAnswer:
    """Send a request and read at most 64 kB of its answer; PyreqwestError on the network's faults."""
    async with request.build_streamed() as response:
        raw = await response.body_reader.read(ANSWER_LIMIT_BYTES)
        pause = response.get_header("retry-after")
        return HttpAnswer(
            response.status,
            raw.to_bytes() if raw is not None else b"",
            pause_s(pause, now()),
        )


class MediaCache:
    """Ids of pictures already uploaded for one number, by content hash; bounded, 29 days."""

    def __init__(self, entries: int = MEDIA_CACHE_ENTRIES) -> None:
        self._entries = entries
        self._known: OrderedDict[bytes, tuple[str, datetime]] = OrderedDict()

    def get(self, sha256: bytes) -> str | None:
        """The media id still valid for this content."""
        found = self._known.get(sha256)
        if found is None:
            return None
        if found[1] <= now():
            del self._known[sha256]
            return None
        self._known.move_to_end(sha256)
        return found[0]

    def put(self, sha256: bytes, media_id: str) -> None:
        """Remember an upload; the one unused longest makes room."""
        self._known[sha256] = (media_id, now() + MEDIA_VALID)
        while len(self._known) > self._entries:
            self._known.popitem(last=False)

    def forget(self, sha256: bytes) -> None:
        """Drop an id the provider no longer takes."""
        self._known.pop(sha256, None)


class WhatsAppSender(Closable, Sender, Replier):
    """One official number as a sender; `async with` or `close()` at the end.

    `shapes`: registered text → what a send needs to know of it, asked at each send; one that is not there has no quick
    reply of ours and no wording without a picture.
    """

    def __init__(self, account: WhatsAppAccount, shapes: Mapping[str, TemplateShape] | None = None) -> None:
        super().__init__()
        self._account = account
        self._shapes = {} if shapes is None else shapes
        self._messages = account.address(account.phone_number_id, "messages")
        self._media = account.address(account.phone_number_id, "media")
        self._client = build_client(account)
        self._cache = MediaCache()

    @property
    def name(self) -> str:
        """The number as people see it and as the registry of official senders lists it."""
        return self._account.display_number

    async def send(self, message: Message) -> SendResult:
        """Hand one message over: picture first (by id), then the template. Never raises for others' faults.

        ACCEPTED or HELD with the provider's id; REFUSED when surely not taken, with what to do; UNKNOWN
        when bytes went out and no readable answer came: then only a receipt with our tag settles it.
        """
        return await self._while_open(partial(self._hand_over, message))

    async def reply(self, reply: Reply) -> SendResult:
        """Answer a person who wrote to this number within the last 24 hours; outcomes as of `send`."""
        return await self._while_open(partial(self._post, text_send(reply), ""))

    async def _while_open(self, call: Callable[[], Awaitable[SendResult]]) -> SendResult:
        if self.closing:
            return CLOSED
        with self.under_way():
            return await call()

    async def release(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _hand_over(self, message: Message) -> SendResult:
        if message.picture is None:
            return await self._send_template(message, None)
        uploads = _UPLOADS
        remembered = self._cache.get(message.picture.sha256)
        if remembered is not None:
            result = await self._send_template(message, remembered)
            if not (result.state is SendState.REFUSED and result.action is Action.FIX_US):
                return result
            # Perhaps the provider lost the picture. The message was surely not taken: once more, afresh.
            self._cache.forget(message.picture.sha256)
            uploads -= 1
        for _ in range(uploads):
            result = await self._send_afresh(message, message.picture)
            if result.code not in PICTURE_CODES or result.state is not SendState.REFUSED:
                return result
            self._cache.forget(message.picture.sha256)
        return await self._send_plain(message, result)

    async def _send_afresh(self, message: Message, picture: Picture) -> SendResult:
        uploaded = await self._upload(picture) if await message.may_leave() else RECALLED
        return uploaded if isinstance(uploaded, SendResult) else await self._send_template(message, uploaded)

    async def _send_plain(self, message: Message, refused: SendResult) -> SendResult:
        """The same words without the picture, which the provider does not take; `refused` where there are none."""
        shape = self._shapes.get(message.template)
        if shape is None or not shape.plain:
            return refused
        result = await self._send_template(replace(message, template=shape.plain, picture=None), None)
        return replace(result, detail=f"sent without the picture ({refused.code}) {result.detail}".rstrip())

    async def _send_template(self, message: Message, media_id: str | None) -> SendResult:
        shape = self._shapes.get(message.template, TemplateShape())
        if not await message.may_leave():
            return RECALLED
        return await self._post(template_send(message, media_id, shape), digits(message.recipient))

    async def _post(self, body: bytes, theirs: str) -> SendResult:
        """The outcome of one call. `theirs`: the digits of the person's number, "" where they do not matter."""
        request = self._client.post(self._messages).header("Content-Type", "application/json").body_bytes(body)
        try:
            result = read_send_answer(await read_answer(request))
        except PyreqwestError as fault:
            return read_send_fault(fault)
        return replace(result, action=action_for(result.code, result.action, digits(self.name), theirs))

    async def _upload(self, picture: Picture) -> str | SendResult:
        """The media id, or why there is none; an upload is not the message, so it may always be retried."""
        part = PartBuilder.from_bytes(picture.jpeg).mime("image/jpeg").file_name("bukti.jpg")
        form = FormBuilder().text("messaging_product", "whatsapp").text("type", "image/jpeg").part("file", part)
        try:
            answer = await read_answer(self._client.post(self._media).multipart(form))
        except PyreqwestError as fault:
            code = "media_not_connected" if never_sent(fault) else "media_no_answer"
            return refused(Action.RETRY, code, "the picture could not be uploaded; the message was not sent")
        media_id = read_media_id(answer)
        if media_id is None:
            return refusal(answer)
        self._cache.put(picture.sha256, media_id)
        return media_id
