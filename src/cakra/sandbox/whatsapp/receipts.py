"""Signed webhooks: statuses, messages from people, the provider's words; batched, retried, and faulty on request."""

import asyncio
import hmac
import json
import random
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from typing import Any

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from cakra.kit.clock import now
from cakra.kit.logs import get_logger
from cakra.sandbox.whatsapp.people import People
from cakra.sandbox.whatsapp.settings import Faults, SandboxWhatsAppSettings

_COALESCE_S = 0.02
_LONGEST_PAUSE_S = 60.0
_STATES_KEPT = 50_000
_RANK = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}
_OK = 200
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """One status of one message, one message from a person (`kind` inbound), or a word of the provider (its field)."""

    owner: str
    status: dict[str, Any]
    kind: str = "status"
    attempt: int = 0
    first_due: float = 0.0


class Receipts:
    """What is promised, due, posted and retried."""

    def __init__(self, settings: SandboxWhatsAppSettings, people: People, chance: random.Random) -> None:
        self.faults: Faults = settings.faults
        self.posted = self.failed_posts = self.abandoned = 0
        self._settings, self._people, self._chance = settings, people, chance
        self._heap: list[tuple[float, int, Event]] = []
        self._sequence, self._due = count(), asyncio.Event()
        self._states: OrderedDict[str, str] = OrderedDict()

    @property
    def pending(self) -> int:
        """Webhook events not yet taken by the receiver."""
        return len(self._heap)

    def state(self, wamid: str) -> str:
        """How far one message has come, "" when not known."""
        return self._states.get(wamid, "")

    def promise(
        self, wamid: str, number: str, tag: str, owner: str, *, held: bool, absent: bool, category: str = "UTILITY"
    ) -> None:
        """Plan the statuses of an accepted message."""
        settings, faults = self._settings, self.faults
        start = time.monotonic() + (settings.held_for_s if held else 0.0)
        plan = [("sent", settings.sent_after_s), ("delivered", settings.delivered_after_s)]
        if settings.read_after_s is not None:
            plan.append(("read", settings.read_after_s))
        if absent:
            plan = [("failed", settings.sent_after_s)]
        names, waits = [name for name, _ in plan], [wait for _, wait in plan]
        if len(names) > 1 and self._drawn(faults.share_reordered_webhooks):
            names.reverse()
        for name, wait in zip(names, waits, strict=True):
            late = faults.late_s if self._drawn(faults.share_late_webhooks) else 0.0
            event = Event(owner, {"id": wamid, "status": name, "to": number, "tag": tag, "category": category})
            self._plan(start + wait + late, event)
            if self._drawn(faults.share_duplicate_webhooks):
                self._plan(start + wait + late + _COALESCE_S * 2, event)

    def mark_read(self, wamid: str, number: str, tag: str, owner: str) -> None:
        """The owner opened the conversation: a read receipt, once."""
        if self._states.get(wamid) == "delivered" and self._settings.read_after_s is None:
            self._note(wamid, "read")
            self._plan(time.monotonic(), Event(owner, {"id": wamid, "status": "read", "to": number, "tag": tag}))

    def say(self, owner: str, number: str, message: dict[str, Any]) -> None:
        """A person's message to one of our numbers."""
        self._plan(time.monotonic(), Event(owner, {"to": number, "message": message}, "inbound"))

    def announce(self, field: str, value: dict[str, Any]) -> None:
        """The provider's own word about a template, a number or the account."""
        self._plan(time.monotonic(), Event("", value, field))

    async def run(self) -> None:
        """Post what is due until cancelled."""
        client = ClientBuilder().timeout(timedelta(seconds=10)).no_proxy().follow_redirects(False).build()
        async with client:
            while True:
                pause = self._heap[0][0] - time.monotonic() if self._heap else None
                if pause is not None and pause <= 0:
                    await self._post(client, self._take_due())
                    continue
                self._due.clear()
                try:
                    await asyncio.wait_for(self._due.wait(), None if pause is None else max(pause, _COALESCE_S))
                except TimeoutError:
                    continue
                await asyncio.sleep(_COALESCE_S)

    def _drawn(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share

    def _plan(self, due: float, event: Event) -> None:
        if not event.first_due:
            event = replace(event, first_due=due)
        first = not self._heap or due < self._heap[0][0]
        heappush(self._heap, (due, next(self._sequence), event))
        if first:
            self._due.set()

    def _take_due(self) -> list[Event]:
        now = time.monotonic()
        taken: list[Event] = []
        while self._heap and self._heap[0][0] <= now and len(taken) < self._settings.webhook_batch:
            taken.append(heappop(self._heap)[2])
        return taken

    def _note(self, wamid: str, state: str) -> None:
        if _RANK[state] > _RANK.get(self._states.get(wamid, ""), 0):
            self._states[wamid] = state
            if len(self._states) > _STATES_KEPT:
                self._states.popitem(last=False)

    async def _post(self, client: Client, events: list[Event]) -> None:
        for event in events:
            if event.kind == "status":
                self._note(event.status["id"], event.status["status"])
        if self._settings.webhook_url is None:
            return
        raw = self.body(events)
        signature = hmac.new(self._settings.app_secret.encode(), raw, sha256).hexdigest()
        request = (
            client.post(self._settings.webhook_url)
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature-256", f"sha256={signature}")
            .body_bytes(raw)
        )
        try:
            taken = (await request.build().send()).status == _OK
        except PyreqwestError:
            taken = False
        if taken:
            self.posted += 1
        else:
            self._retry(events)

    def _retry(self, events: list[Event]) -> None:
        self.failed_posts += 1
        now = time.monotonic()
        for event in events:
            if now - event.first_due > self._settings.retry_webhooks_for_s:
                self.abandoned += 1
                _log.warning("sandbox_webhook_abandoned", attempts=event.attempt)
                continue
            pause = min(_LONGEST_PAUSE_S, 0.25 * 2**event.attempt)
            self._plan(now + pause, replace(event, attempt=event.attempt + 1))

    def body(self, events: list[Event]) -> bytes:
        """The webhook document of some events, in the provider's form (texts escaped to ASCII)."""
        by_value: dict[tuple[str, str], list[dict[str, Any]]] = {}
        changes: list[dict[str, Any]] = []
        for event in events:
            if event.kind in {"status", "inbound"}:
                by_value.setdefault((event.owner, event.kind), []).append(event.status)
            else:
                changes.append({"field": event.kind, "value": event.status})
        changes += [
            {"field": "messages", "value": self._value(owner, kind, items)} for (owner, kind), items in by_value.items()
        ]
        entry = {"id": self._settings.business_account_id, "time": int(now().timestamp()), "changes": changes}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def _value(self, owner: str, kind: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": _digits(self._settings.display_number),
                "phone_number_id": owner,
            },
            "contacts": [self._people.contact(item["to"]) for item in items],
        }
        if kind == "inbound":
            return value | {"messages": [item["message"] for item in items]}
        return value | {"statuses": [_status(item) for item in items]}


def _status(event: dict[str, Any]) -> dict[str, Any]:
    status: dict[str, Any] = {
        "id": event["id"],
        "status": event["status"],
        "timestamp": str(int(now().timestamp())),
        "recipient_id": event["to"],
    }
    if event["tag"]:
        status["biz_opaque_callback_data"] = event["tag"]
    if event["status"] == "failed":
        status["errors"] = [
            {
                "code": 131026,
                "title": "Message undeliverable",
                "message": "Message undeliverable",
                "error_data": {"details": "Message Undeliverable."},
            }
        ]
    elif event["status"] == "sent":
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": event["category"].lower(),
        }
    return status


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())
