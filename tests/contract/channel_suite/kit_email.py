"""E-mail through Debian's Postfix; its reports come through Postfix into the mailbox of return addresses."""

import asyncio
import os
import re
import signal
import smtplib
from contextlib import AsyncExitStack
from functools import partial

from channel_kit import ChannelKit, until, wire_to

from cakra.core.ports import Channel
from cakra.outside.email import BounceBox, BounceTokens, EmailSender
from dispatch_kit import VARIABLES
from email_kit import ENVELOPE_DOMAIN, TOKENS, account
from postfix_peer import OWNERS

_RETURN_PATH = re.compile(rb"^Return-Path: <bounce\+([^@>]+)@", re.MULTILINE)
_OUTCOMES = {"sent": ("relayed", "2.0.0"), "delivered": ("delivered", "2.1.5"), "failed": ("failed", "5.1.1")}
_MOODS = {
    "transient": ("access", f"{OWNERS} 450 4.7.1 Greylisted, come again\n"),
    "throttled": ("main.cf", "smtpd_client_message_rate_limit = 1\nsmtpd_client_event_limit_exceptions =\n"),
}


class EmailKit(ChannelKit):
    name, channel = "email", Channel.EMAIL

    def __init__(self, server):
        self.server = server
        self.plain = {name: (server.home / "etc" / name).read_text() for name in ("access", "main.cf")}

    def content(self, *, absent):
        box = f"{'tidakada' if absent else 'ibu'}+{self.number}@{OWNERS}"
        told = {"recipient": box, "subject": "Permintaan konfirmasi", "text": "Isi.", "html": "<p>Isi.</p>"}
        return {"recipient": "", "link_suffix": "7K2M9QX4B3", "variables": VARIABLES, "email": told}

    async def open(self, ground):
        await super().open(ground)
        self.stack = AsyncExitStack()
        self.wire = await self.stack.enter_async_context(wire_to(self.server.port, b"\r\n.\r\n"))
        self.sender = self._sender()
        self.set = "well"

    def _sender(self):
        return EmailSender(account(self.wire.port, timeout_s=20.0))

    async def close(self):
        self.wire.going.set()
        await self._configure("well")
        await self.sender.close()
        await self.stack.aclose()
        for box in ("ibu", "bounce"):
            for path in (self.server.home / "mail" / box).glob("*/*"):
                path.unlink()

    async def renew(self):
        await self.sender.close()
        self.sender = self._sender()

    async def mood(self, mood):
        self.wire.change(mood)
        await self._configure(mood)

    async def _configure(self, mood):
        wanted = mood if mood in _MOODS else "well"
        if wanted == self.set:
            return
        for name, text in self.plain.items():
            more = _MOODS[wanted][1] if wanted in _MOODS and _MOODS[wanted][0] == name else ""
            (self.server.home / "etc" / name).write_text(more + text if name == "access" else text + more)
        os.kill(self.server.process.pid, signal.SIGHUP)
        self.set = wanted

        async def in_force():
            return await asyncio.to_thread(self._refuses) == (wanted != "well")

        await until(in_force, "Postfix read its configuration again")
        # Processes that serve an open connection keep the policy they began with.
        await self.renew()

    def _refuses(self):
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=10) as talk:
            talk.ehlo()
            codes = []
            for _ in range(2):
                codes += [talk.mail("uji@etle.example")[0], talk.rcpt(f"ibu@{OWNERS}")[0]]
                talk.rset()
        return 450 in codes

    async def holds_back(self):
        return self.wire.held > 0

    async def answer_now(self):
        self.wire.going.set()

    async def taken(self, one):
        named = [found for raw in self.server.delivered() for found in _RETURN_PATH.findall(raw)]
        tags = [TOKENS.tag_of(token.decode()) or "" for token in named]
        return sum(tag.startswith(one.tag().rpartition(":")[0] + ":") for tag in tags)

    async def tell(self, one, state, *, forged=False):
        tokens = BounceTokens(bytes(32), ENVELOPE_DOMAIN) if forged else TOKENS
        address, (action, code) = tokens.address(one.tag()), _OUTCOMES[state]
        report = (
            f"From: <>\r\nTo: {address}\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.tujuan.example\r\n\r\n"
            f"Final-Recipient: rfc822; siapa@{OWNERS}\r\nAction: {action}\r\nStatus: {code}\r\n\r\n--b--\r\n"
        )
        before = self._waiting()
        await asyncio.to_thread(self._post, address, report)

        async def arrived():
            return self._waiting() > before

        await until(arrived, "Postfix delivered the report")

    def _post(self, address, report):
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=10) as talk:
            talk.sendmail("", [address], report)

    def _waiting(self):
        return len(list((self.server.bounces / "new").iterdir()))

    async def hear(self, ground):
        await BounceBox(self.server.bounces, TOKENS).drain(partial(ground.proofs.take, "email"))
