"""SMS through an SMS centre made of the npm library `smpp`, and through an aggregator of Infobip's shape."""

import asyncio
import base64
import json
import socket
import threading
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from channel_kit import ChannelKit, until

from cakra.core.ports import Channel
from cakra.delivery.proof.keeping import keep_callback
from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.outside.sms import InfobipAccount, InfobipCallbacks, InfobipSender, SmppCallbacks, SmppSender
from dispatch_kit import VARIABLES
from portal_kit import serve
from sms_peer import TEXT, account
from whatsapp_peer import fetch

_EXCLUDED = {
    "its receipt after a crash": "a centre's receipt names its own number only, which was never recorded; "
    "the message counts as unproved and the next rung's time comes",
}
_SETTINGS = {
    "well": {"status": 0, "mood": ""},
    "transient": {"status": 0x64, "mood": ""},
    "throttled": {"status": 0x58, "mood": ""},
    "lost": {"status": 0, "mood": "lost"},
    "slow": {"status": 0, "mood": "slow"},
}
_STATES = {"sent": ("ACCEPTD", 6), "delivered": ("DELIVRD", 2), "failed": ("UNDELIV", 5)}
_GROUPS = {"sent": (1, "PENDING_ENROUTE"), "delivered": (3, "DELIVERED_TO_HANDSET"), "failed": (2, "UNDELIVERABLE")}


def sms_content(number, *, absent):
    """The last two digits say how either peer behaves towards a number."""
    recipient = f"+62812{number:06d}" + ("01" if absent else "00")
    told = {"recipient": recipient, "text": TEXT}
    return {"recipient": recipient, "link_suffix": "7K2M9QX4B3", "variables": VARIABLES, "sms": told}


class SmppKit(ChannelKit):
    name, channel = "sms-smpp", Channel.SMS
    excluded = _EXCLUDED

    def __init__(self, smsc):
        self.smsc = smsc
        self.account = account(smsc.port, echoes_reference=True, response_timeout_s=20.0)
        self.readers = {"sms:smpp": SmppCallbacks(self.account)}

    def content(self, *, absent):
        return sms_content(self.number, absent=absent)

    async def open(self, ground):
        await super().open(ground)
        await self._order(set={"dlr": False, **_SETTINGS["well"]})
        self.sender = self._sender()

    def _sender(self):
        async def keep(raw):
            await keep_callback(self.ground.pool, self.ground.callbacks, "sms:smpp", raw, timedelta(days=1))

        sender = SmppSender(self.account, keep)
        sender.start()
        return sender

    async def close(self):
        await self._order(do="answer")
        await self.sender.close()

    async def renew(self):
        await self.sender.close()
        self.sender = self._sender()

    async def _order(self, **command):
        before = len(self.smsc.events("ordered"))
        self.smsc.say(**command)
        await self.smsc.seen("ordered", before + 1)

    async def mood(self, mood):
        self.held = len(self.smsc.events("kept_back"))
        await self._order(set=_SETTINGS[mood])

    async def holds_back(self):
        return len(self.smsc.events("kept_back")) > self.held

    async def answer_now(self):
        await self._order(do="answer")

    async def taken(self, one):
        return sum("+" + told["to"] == one.content["recipient"] for told in self.smsc.events("taken"))

    async def tell(self, one, state, *, forged=False):
        stat, number = _STATES[state]
        kept = await self._kept()
        named = {"number": 999_000_000 + self.number} if forged else {}
        await self._order(do="receipt", to=one.content["recipient"].removeprefix("+"), stat=stat, state=number, **named)

        async def arrived():
            return await self._kept() > kept

        await until(arrived, "the receipt came")

    async def _kept(self):
        return await self.ground.pool.fetchval("select count(*) from callback")


class Aggregator:
    """Answers as Infobip's version 3 does, by its public reference; `mood` as the suite's."""

    def __init__(self):
        self.mood, self.taken, self.held, self.going = "well", Counter(), False, threading.Event()
        aggregator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                document = json.loads(self.rfile.read(int(self.headers["content-length"])))
                code, body = aggregator.answer(document["messages"][0])
                if code is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                raw = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, message):
        """(status, body) of one send; no status: the line is cut."""
        mood, to = self.mood, message["destinations"][0]["to"]
        if mood in {"transient", "throttled"}:
            words = {"messageId": mood, "text": "later"}
            return 429 if mood == "throttled" else 503, {"requestError": {"serviceException": words}}
        status = {"groupId": 1, "name": "PENDING_ACCEPTED"}
        if to.endswith("01"):
            status = {"groupId": 5, "name": "REJECTED_DESTINATION"}
        else:
            self.taken[to] += 1
        if mood == "lost":
            return None, {}
        if mood == "slow":
            self.held = True
            self.going.wait(60)
        return 200, {"messages": [{"messageId": message["destinations"][0]["messageId"], "status": status}]}

    def end(self):
        """Stop."""
        self.going.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=20)


class InfobipKit(ChannelKit):
    name, channel = "sms-infobip", Channel.SMS

    def __init__(self, aggregator):
        self.aggregator = aggregator
        self.callbacks = InfobipCallbacks("infobip", "rahasia")
        self.readers = {"sms:infobip": self.callbacks}

    def content(self, *, absent):
        return sms_content(self.number, absent=absent)

    async def open(self, ground):
        await super().open(ground)
        self.stack = AsyncExitStack()
        deps = CallbackDeps(ground.pool, ground.callbacks, None, lambda _: None, self.callbacks)
        self.door = await self.stack.enter_async_context(serve(build_app([build_callback_routes(deps)], ground.pool)))
        self.sender = self._sender()

    def _sender(self):
        url = f"http://127.0.0.1:{self.aggregator.server.server_port}"
        return InfobipSender(InfobipAccount(url, "kunci", "ETLE PMJ", "ETLE", timeout_s=20.0))

    async def close(self):
        self.aggregator.mood = "well"
        self.aggregator.going.set()
        await self.sender.close()
        await self.stack.aclose()

    async def renew(self):
        await self.sender.close()
        self.sender = self._sender()

    async def mood(self, mood):
        if mood == "slow":
            self.aggregator.held = False
            self.aggregator.going.clear()
        self.aggregator.mood = mood

    async def holds_back(self):
        return self.aggregator.held

    async def answer_now(self):
        self.aggregator.going.set()

    async def taken(self, one):
        return self.aggregator.taken[one.content["recipient"].removeprefix("+")]

    async def tell(self, one, state, *, forged=False):
        group, name = _GROUPS[state]
        tag = one.tag()
        body = {"results": [{"messageId": tag, "callbackData": tag, "status": {"groupId": group, "name": name}}]}
        shown = base64.b64encode(b"infobip:" + (b"tebakan" if forged else b"rahasia")).decode()
        url, headers = f"{self.door}/v1/callbacks/infobip", {"Authorization": f"Basic {shown}"}
        answer = await asyncio.to_thread(fetch, url, method="POST", body=body, headers=headers)
        assert answer[0] == (401 if forged else 200), answer
