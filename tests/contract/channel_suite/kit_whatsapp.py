"""WhatsApp on the simulated provider; its webhooks are posted, signed, to our real door."""

import asyncio
import hashlib
import hmac
import json
from contextlib import AsyncExitStack

from channel_kit import ChannelKit, wire_to

from cakra.core.ports import Channel
from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.outside.whatsapp import WhatsAppCallbacks, WhatsAppSender
from dispatch_kit import CALM, VARIABLES, status
from portal_kit import serve
from whatsapp_peer import SECRET, fetch

_FAULTS = {"transient": {"answer_code": 131016}, "throttled": {"share_429": 1}}


class WhatsAppKit(ChannelKit):
    name, channel = "whatsapp", Channel.WHATSAPP

    def __init__(self, peer):
        self.peer = peer

    def content(self, *, absent):
        recipient = f"+62811{self.number:06d}" + ("0404" if absent else "0000")
        return {"recipient": recipient, "link_suffix": "7K2M9QX4B3", "variables": VARIABLES}

    async def open(self, ground):
        await super().open(ground)
        self.stack = AsyncExitStack()
        self.wire = await self.stack.enter_async_context(wire_to(self.peer.port, b"/messages "))
        deps = CallbackDeps(ground.pool, ground.callbacks, WhatsAppCallbacks(SECRET), lambda _: None)
        self.door = await self.stack.enter_async_context(serve(build_app([build_callback_routes(deps)], ground.pool)))
        self.sender = self._sender()

    def _sender(self):
        return WhatsAppSender(self.peer.account(base_url=f"http://127.0.0.1:{self.wire.port}", timeout_s=20.0))

    async def close(self):
        self.wire.going.set()
        await self.sender.close()
        await self.stack.aclose()
        self.peer.faults(**(CALM | {"share_429": 0}))

    async def renew(self):
        await self.sender.close()
        self.sender = self._sender()

    async def mood(self, mood):
        await asyncio.to_thread(self.peer.faults, **(CALM | {"share_429": 0} | _FAULTS.get(mood, {})))
        self.wire.change(mood)

    async def holds_back(self):
        return self.wire.held > 0

    async def answer_now(self):
        self.wire.going.set()

    async def taken(self, one):
        return sum(sent["to"] == one.content["recipient"] for sent in self.peer.sends())

    async def tell(self, one, state, *, forged=False):
        words = status(one.tag(), state, code=131026 if state == "failed" else None)
        change = {"field": "messages", "value": {"statuses": [words]}}
        raw = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
        mac = hmac.new(b"another secret" if forged else SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={mac}", "Content-Type": "application/json"}
        answer = await asyncio.to_thread(
            fetch, f"{self.door}/v1/callbacks/whatsapp", method="POST", body=raw, headers=headers
        )
        assert answer[0] == (401 if forged else 200), answer
