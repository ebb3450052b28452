"""Sending SMS through Infobip's HTTP interface, version 3, and reading its delivery reports.

Source: Infobip's public API reference (SMS, `/sms/3/messages`) and its list of statuses; the actions are
our classification. Our tag travels twice, as message id and as callback data, so that a report finds its
message even when the answer to the send was lost.
"""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PoolTimeoutError, PyreqwestError

from cakra.core.delivery.refusals import CLOSED, refused, unknown
from cakra.core.foreign import document, each, flag, identifier, integer, iso_instant, line, member, pause_s, records
from cakra.core.ports import RECALLED, Action, Callbacks, Message, Receipt, ReceiptState, Sender, SendResult, SendState
from cakra.kit.clock import now
from cakra.kit.closable import Closable
from cakra.outside.loopback import is_on_loopback
from cakra.outside.sms.client import refused_before_sending
from cakra.outside.sms.smpp.account import InfobipAccount

_ANSWER_LIMIT_BYTES = 64 * 1024
_IDLE_CONNECTION = timedelta(seconds=4)  # shorter than any server's keep-alive
_REDIRECT, _SERVER = 300, 500
_PAUSE_S = 2.0
_LARGEST_GROUP, _LONGEST_NAME = 1000, 100
_TAKEN_GROUPS = frozenset({1, 3})  # pending, delivered
_PENDING, _DELIVERED = 1, 3
_FAILED_GROUPS = frozenset({2, 4, 5})  # undeliverable, expired, rejected
# Names of rejections whose meaning is not "this number": part of the name → what to do.
_REJECTIONS = {
    "CREDITS": Action.STOP_SENDER,
    "PREPAID": Action.STOP_SENDER,
    "SENDER": Action.STOP_SENDER,
    "SOURCE": Action.STOP_SENDER,
    "SYSTEM_ERROR": Action.RETRY,
    "TOO_LONG": Action.FIX_US,
    "UDH": Action.FIX_US,
}
_DUPLICATE = "REJECTED_DUPLICATE_MESSAGE_ID"


class InfobipSender(Closable, Sender):
    """One Infobip account as a sender; `async with` or `close()` at the end."""

    def __init__(self, account: InfobipAccount) -> None:
        super().__init__()
        self._account = account
        self._messages = f"{account.base_url.rstrip('/')}/sms/3/messages"
        self._client = _build_client(account)

    @property
    def name(self) -> str:
        """The sender as people see it and as the registry of official senders lists it."""
        return self._account.source

    async def send(self, message: Message) -> SendResult:
        """Hand one message over. Never raises for others' faults.

        ACCEPTED with the provider's id; REFUSED when surely not taken, with what to do; UNKNOWN when bytes
        went out and no readable answer came: then only a report with our tag settles it.
        """
        if self.closing:
            return CLOSED
        refusal = refused_before_sending(message, self._account.brand)
        if refusal is not None:
            return refusal
        with self.under_way():
            body = _request(self._account, message)
            return await self._post(body) if await message.may_leave() else RECALLED

    async def release(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _post(self, body: bytes) -> SendResult:
        request = self._client.post(self._messages).header("Content-Type", "application/json").body_bytes(body)
        try:
            async with request.build_streamed() as response:
                raw = await response.body_reader.read(_ANSWER_LIMIT_BYTES)
                pause = pause_s(response.get_header("retry-after"), now())
                return read_answer(response.status, raw.to_bytes() if raw is not None else b"", pause)
        except PyreqwestError as fault:
            return _read_fault(fault)


class InfobipCallbacks(Callbacks):
    """Verifies and reads delivery reports; Infobip shows the Basic credentials that we gave it."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = b"Basic " + base64.b64encode(f"{user}:{password}".encode()) if user and password else b""

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the post carries the agreed credentials (constant time); header names in any case.

        Nothing in a report is signed, so TLS and the credentials are all there is.
        """
        del raw
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        return bool(self._expected) and hmac.compare_digest(given.encode(), self._expected)

    def receipts(self, raw: bytes) -> Sequence[Receipt]:
        """The receipts of one body (up to 100), in the order given; what cannot be read is left out."""
        return [receipt for receipt in _reports(raw) if receipt is not None]

    def unread(self, raw: bytes) -> Mapping[str, int]:
        """How many reports of one body say nothing that we understand; a body without any is one."""
        reports = list(_reports(raw))
        count = sum(one is None for one in reports) if reports else 1
        return {"report": count} if count else {}


def read_answer(status: int, raw: bytes, retry_after_s: float | None = None) -> SendResult:
    """What the provider's answer says about one send. `retry_after_s`: the pause that it asks for.

    A 5xx without the provider's own form may come from a gateway after the message was taken, and a 2xx
    without a message says nothing: both are unknown.
    """
    told = document(raw)
    if status < _REDIRECT:
        return _read_message(next(iter(records(told.get("messages"), 1)), {}), raw)
    if status >= _SERVER and not _is_provider_error(told):
        return unknown(f"http_{status}", "a server fault that is not in the provider's form", raw)
    if status in {401, 403}:
        return refused(Action.STOP_SENDER, f"http_{status}", "key or permission refused", raw)
    if status in {408, 429} or status >= _SERVER:
        pause = retry_after_s or _PAUSE_S
        return refused(Action.RETRY, f"http_{status}", "passing fault or too many calls at the provider", raw, pause)
    return refused(Action.FIX_US, f"http_{status}", "the provider finds our request wrong", raw)


def _read_message(message: dict[str, Any], raw: bytes) -> SendResult:
    group, name = _status(message)
    provider_id = identifier(message.get("messageId"))
    if group in _TAKEN_GROUPS and provider_id:
        return SendResult(SendState.ACCEPTED, Action.NONE, provider_id, code=name, raw=raw)
    if name == _DUPLICATE:
        return unknown("duplicate", "the provider knows this message already; its first outcome counts", raw)
    if group in _FAILED_GROUPS:
        return refused(_rejection(name), name, "rejected by the provider", raw)
    return unknown("unreadable_answer", "the provider answered without a status", raw)


def _read_fault(fault: PyreqwestError) -> SendResult:
    """The outcome of a call without a whole answer: refused only if surely no byte went out.

    The client's exception classes do not tell (a reset after the bytes were sent is a ConnectError too);
    its chain of causes names the connector's own failure.
    """
    details = getattr(fault, "details", None)
    causes = details.get("causes") if isinstance(details, dict) else None
    never_connected = any(cause.get("message") == "client error (Connect)" for cause in causes or ())
    if isinstance(fault, PoolTimeoutError) or never_connected:
        return refused(Action.RETRY, "not_connected", "no connection to the provider")
    if isinstance(fault, BuilderError):
        return refused(Action.FIX_US, "not_built", "the request could not be built")
    if isinstance(fault, TimeoutError):
        return unknown("timeout", "no answer in time")
    return unknown("connection_lost", "the connection ended before the answer")


def _reports(raw: bytes) -> Iterator[Receipt | None]:
    """Each report read for itself; None for one that cannot be."""
    for result in each(document(raw).get("results")):
        yield _receipt(result) if isinstance(result, dict) else None


def _status(told: dict[str, Any]) -> tuple[int | None, str]:
    """Group and name of a message's status."""
    group = integer(member(told, "status", "groupId"), 0, _LARGEST_GROUP)
    return group, line(member(told, "status", "name"), _LONGEST_NAME)


def _receipt(result: dict[str, Any]) -> Receipt | None:
    group, name = _status(result)
    provider_id = identifier(result.get("messageId"))
    if not provider_id:
        return None
    tag = identifier(result.get("callbackData")) or provider_id
    at = _instant(result.get("doneAt"))
    if group == _DELIVERED:
        return Receipt(tag, provider_id, ReceiptState.DELIVERED, at, code=name)
    if group == _PENDING:
        return Receipt(tag, provider_id, ReceiptState.SENT, at, code=name)
    if group not in _FAILED_GROUPS:
        return None
    error = line(member(result, "error", "id"), _LONGEST_NAME)
    code = f"{name}:{error}" if error and error != "0" else name
    detail = "failed for good" if flag(member(result, "error", "permanent")) else "not delivered by the network"
    return Receipt(tag, provider_id, ReceiptState.FAILED, at, _rejection(name), code, detail)


def _rejection(name: str) -> Action:
    return next((action for part, action in _REJECTIONS.items() if part in name), Action.NEXT_CHANNEL)


def _request(account: InfobipAccount, message: Message) -> bytes:
    assert message.wording is not None
    webhooks: dict[str, Any] = {"callbackData": message.tag}
    if account.callback_url:
        webhooks |= {"delivery": {"url": account.callback_url}, "contentType": "application/json"}
    body = {
        "messages": [
            {
                "sender": account.source,
                "destinations": [{"to": message.recipient.removeprefix("+"), "messageId": message.tag}],
                "content": {"text": message.wording.text},
                "options": {"validityPeriod": {"amount": account.validity_h, "timeUnit": "HOURS"}},
                "webhooks": webhooks,
            }
        ]
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _build_client(account: InfobipAccount) -> Client:
    """A pooled client with the key; never follows redirects. On loopback no proxy takes the message elsewhere."""
    total = timedelta(seconds=account.timeout_s)
    builder = ClientBuilder()
    if is_on_loopback(account.base_url):
        builder = builder.no_proxy()
    return (
        builder.user_agent("cakra/0.1.0")
        .default_headers({"Authorization": f"App {account.key}", "Accept": "application/json"})
        .timeout(total)
        .connect_timeout(min(total / 2, timedelta(seconds=5)))
        .pool_timeout(total)
        .pool_idle_timeout(_IDLE_CONNECTION)
        .pool_max_idle_per_host(account.max_connections)
        .max_connections(account.max_connections)
        .follow_redirects(False)
        .build()
    )


def _instant(written: object) -> datetime:
    """An instant with its offset; a report without a sound time is of when it reached us."""
    at = iso_instant(written)
    return now() if at is None else min(at, now())


def _is_provider_error(told: dict[str, Any]) -> bool:
    return "requestError" in told or "errorCode" in told
