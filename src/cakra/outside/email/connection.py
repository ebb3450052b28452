"""One connection to the mail server: one stream of commands, one message at a time."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from cakra.core.ports import SendResult
from cakra.outside.email.account import EmailAccount
from cakra.outside.email.addresses import xtext
from cakra.outside.email.answers import (
    is_negative,
    is_positive,
    not_offered,
    read_connect_fault,
    read_early_fault,
    read_final_answer,
    read_lost_answer,
    read_refusal,
)
from cakra.outside.email.codes import SmtpStage

# What a network and a server can do to a command. RuntimeError: an AUTH method the client does not know;
# ValueError: an answer to AUTH that is not what its method says.
FAULTS = (SMTPException, OSError, RuntimeError, ValueError)
_TAKEN, _GO_AHEAD = frozenset({250}), frozenset({354})
_RECIPIENT_TAKEN = frozenset({250, 251, 252})  # 251: it forwards; 252: it does not check, and delivers
_PARTING_S = 2.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom bounces go to, whom the message goes to, and the id that reports repeat."""

    sender: str
    recipient: str
    envelope_id: str


class Deadline:
    """The end of one hand-over; every command of it gets what is left."""

    def __init__(self, seconds: float) -> None:
        self._at = asyncio.get_running_loop().time() + seconds

    def left(self) -> float:
        """Seconds left, never nothing: an elapsed deadline fails at the next wait."""
        return max(self._at - asyncio.get_running_loop().time(), 0.001)


class MailLine:
    """A connection that is ready for a message."""

    def __init__(self, smtp: SMTP) -> None:
        self._smtp = smtp
        self._aside_since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether another message can go."""
        return self._smtp.is_connected

    def put_aside(self) -> None:
        """Remember since when nobody uses it."""
        self._aside_since = asyncio.get_running_loop().time()

    def idle_s(self) -> float:
        """How long it has been put aside."""
        return asyncio.get_running_loop().time() - self._aside_since

    async def deliver(self, envelope: Envelope, raw: bytes, deadline: Deadline) -> SendResult:
        """Hand one message over. After a fault the line is closed; see `is_open`."""
        commands = _commands(envelope, len(raw), self._smtp)
        try:
            for stage, command, wanted in commands:
                answer = await self._smtp.execute_command(*command, timeout=deadline.left())
                if answer.code not in wanted:
                    await self._start_over(answer.code, deadline)
                    return read_refusal(stage, answer.code, answer.message)
            protocol = self._smtp.protocol
            if protocol is None:  # the server closed right after its go-ahead
                return read_early_fault(ConnectionError())
        except FAULTS as fault:
            self.drop()
            return read_early_fault(fault)
        except BaseException:  # cancelled in the middle: nobody may go on from here
            self.drop()
            raise
        return await self._send_body(protocol, raw, deadline)

    async def _send_body(self, protocol: SMTPProtocol, raw: bytes, deadline: Deadline) -> SendResult:
        """From the first byte of the message a fault leaves its fate open.

        The client's own `data` does both steps in one, so that one could not tell a fault before from after.
        """
        try:
            protocol.write(dot_stuffed(raw))
            answer = await protocol.read_response(timeout=deadline.left())
        except SMTPResponseException as fault:
            self.drop()
            return read_final_answer(fault.code, fault.message)
        except FAULTS as fault:
            self.drop()
            return read_lost_answer(fault)
        except BaseException:
            self.drop()
            raise
        return read_final_answer(answer.code, answer.message)

    async def _start_over(self, code: int, deadline: Deadline) -> None:
        """After a refusal the server still holds the sender's name; RSET lets the next message begin.

        After an answer that is none (such as 250 to DATA) nobody knows what the server takes the next line for.
        """
        with suppress(*FAULTS):
            if is_negative(code) and self._smtp.is_connected:
                answer = await self._smtp.execute_command(b"RSET", timeout=deadline.left())
                if is_positive(answer.code):
                    return
        self.drop()

    async def close(self) -> None:
        """Take leave politely, within two seconds."""
        with suppress(*FAULTS):
            if self._smtp.is_connected:
                await self._smtp.quit(timeout=_PARTING_S)
        self.drop()

    def drop(self) -> None:
        """Close at once; what was not written yet is not sent any more."""
        transport = self._smtp.transport
        self._smtp.close()
        if transport is not None:
            cast("asyncio.Transport", transport).abort()


async def open_line(account: EmailAccount, context: ssl.SSLContext | None, deadline: Deadline) -> MailLine | SendResult:
    """A greeted, encrypted and signed-in connection, or why there is none."""
    smtp = SMTP(
        hostname=account.host,
        port=account.port,
        # Named, because the default asks the resolver for this machine's name.
        local_hostname=account.envelope_domain,
        timeout=deadline.left(),
        use_tls=account.tls == "implicit",
        start_tls=False,
        tls_context=context,
    )
    line = MailLine(smtp)
    try:
        refused = await _greet(smtp, account, deadline)
    except SMTPResponseException as fault:
        line.drop()
        return read_refusal(SmtpStage.GREETING, fault.code, fault.message)
    except FAULTS as fault:
        line.drop()
        return read_connect_fault(fault)
    except BaseException:
        line.drop()
        raise
    if refused is not None:
        await line.close()
        return refused
    return line


async def _greet(smtp: SMTP, account: EmailAccount, deadline: Deadline) -> SendResult | None:
    await smtp.connect(timeout=deadline.left())
    await smtp.ehlo(timeout=deadline.left())
    if account.tls in {"offered", "required"}:
        if smtp.supports_extension("starttls"):
            await smtp.starttls(timeout=deadline.left())
            await smtp.ehlo(timeout=deadline.left())
        elif account.tls == "required":
            return not_offered("starttls")
    if account.user:
        if not smtp.supported_auth_methods:  # none at all, or none that the client speaks
            return not_offered("auth")
        await smtp.login(account.user, account.password, timeout=deadline.left())
    return None


def dot_stuffed(raw: bytes) -> bytes:
    """The message as DATA wants it: dots at line starts doubled, ended by a dot alone; `raw` has CRLF lines."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return (
        (b"." if stuffed.startswith(b".") else b"") + stuffed + (b"" if raw.endswith(b"\r\n") else b"\r\n") + b".\r\n"
    )


def _commands(envelope: Envelope, size: int, smtp: SMTP) -> Iterator[tuple[SmtpStage, list[bytes], frozenset[int]]]:
    """(stage, words, hoped-for codes) of one message; delivery reports are asked for where they can be."""
    mail = [f"FROM:<{envelope.sender}>"]
    rcpt = [f"TO:<{envelope.recipient}>"]
    if smtp.supports_extension("size"):
        mail.append(f"SIZE={size}")
    if smtp.supports_extension("dsn"):
        mail += ["RET=HDRS", f"ENVID={xtext(envelope.envelope_id)}"]
        rcpt += ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{xtext(envelope.recipient)}"]
    yield SmtpStage.MAIL, [b"MAIL", *(word.encode("ascii") for word in mail)], _TAKEN
    yield SmtpStage.RCPT, [b"RCPT", *(word.encode("ascii") for word in rcpt)], _RECIPIENT_TAKEN
    yield SmtpStage.DATA, [b"DATA"], _GO_AHEAD
