"""A lasting session with an SMS centre: bounded window, pace, and a new connection whenever one is lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from cakra.core.delivery.refusals import Meaning
from cakra.core.ports import RECALLED, Action
from cakra.kit.logs import get_logger
from cakra.outside.sms.smpp.account import SmppAccount
from cakra.outside.sms.smpp.codes import code_of, meaning_of
from cakra.outside.sms.smpp.link import BindRefused, Late, Link, Take
from cakra.outside.sms.smpp.pace import SubmitPace
from cakra.outside.sms.smpp.pdu import Command, Pdu, ShortMessage, Tlv
from cakra.outside.sms.smpp.wire import Status

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 60.0
_STEADY_S = 10.0  # a connection that lived this long clears the memory of failures
_TOO_FAST = frozenset({int(Status.THROTTLED), int(Status.QUEUE_FULL)})
_log = get_logger(__name__)


class NotSubmittedError(Exception):
    """Surely nothing was written for this message; `meaning` says what to do."""

    def __init__(self, code: str, meaning: Meaning) -> None:
        super().__init__(meaning.words)
        self.code = code
        self.meaning = meaning


class SmppSession:
    """Keeps one transceiver bound. `take` keeps each deliver_sm before it is answered."""

    def __init__(self, account: SmppAccount, take: Take) -> None:
        self._account, self._take = account, take
        self._window = asyncio.Semaphore(account.window)
        self._pace = SubmitPace(account.submits_per_s)
        self._link: Link | None = None
        self._changed = asyncio.Condition()
        self._refusal: Meaning | None = None
        self._refusal_code = ""
        self._closing = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    @property
    def rate(self) -> float:
        """Submits a second at the moment: the agreed rate, or less while we are throttled."""
        return self._pace.rate

    @property
    def is_bound(self) -> bool:
        """Whether a message could be written now."""
        return self._link is not None and self._link.is_open

    def start(self) -> None:
        """Begin to connect; receipts come from then on. Again is harmless."""
        if self._runner is None and not self._closing.is_set():
            self._runner = asyncio.create_task(self._run())

    async def submit(
        self,
        message: ShortMessage,
        tlvs: tuple[Tlv, ...] = (),
        late: Late | None = None,
        may_leave: Callable[[], Awaitable[bool]] | None = None,
    ) -> Pdu:
        """The SMS centre's answer, which may be a refusal. `may_leave` is asked when the message's turn has come.

        NotSubmittedError when nothing was written; ProtocolError when it does not fit the protocol;
        Lost or TimeoutError when its outcome is unknown (`late` gets an answer that comes after that).
        """
        self.start()
        try:
            async with asyncio.timeout(self._account.response_timeout_s):
                await self._window.acquire()
        except TimeoutError:
            raise NotSubmittedError("window_full", _passing("too many messages without an answer")) from None
        try:
            link = await self._turn()
            if may_leave is not None and not await may_leave():
                raise NotSubmittedError(RECALLED.code, Meaning(RECALLED.action, RECALLED.detail))
            if not link.is_open:
                raise NotSubmittedError("not_connected", _passing("no connection to the SMS centre"))
            answer = await link.request(Command.SUBMIT_SM, message, tlvs, late)
            if answer.status in _TOO_FAST:
                self._pace.throttled(asyncio.get_running_loop().time())
            elif answer.status == Status.OK:
                self._pace.taken(asyncio.get_running_loop().time())
            elif answer.status == Status.WRONG_BIND_STATE:
                link.expire("the SMS centre says we are not bound")
            return answer
        finally:
            self._window.release()

    async def close(self) -> None:
        """Take no more; outstanding answers end first, then unbind."""
        self._closing.set()
        if self._link is not None:
            await self._link.unbind()
        if self._runner is not None:
            await self._runner
        async with self._changed:
            self._changed.notify_all()

    async def _turn(self) -> Link:
        """A bound connection, at the moment this message may leave."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._account.response_timeout_s
        wait = self._pace.wait(loop.time())
        if wait > self._account.response_timeout_s:
            raise NotSubmittedError("queue_full", _passing("more messages than the agreed rate carries", wait))
        await asyncio.sleep(self._pace.book(loop.time()))
        while (link := self._link) is None or not link.is_open:
            if self._refusal is not None:
                raise NotSubmittedError(self._refusal_code, self._refusal)
            if self._closing.is_set() or loop.time() >= deadline:
                raise NotSubmittedError("not_connected", _passing("no connection to the SMS centre"))
            try:
                async with asyncio.timeout_at(deadline), self._changed:
                    await self._changed.wait()
            except TimeoutError:
                continue
        return link

    async def _run(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            since = loop.time()
            link = await self._bind()
            if link is not None:
                await self._hold(link)
                failures = 0 if loop.time() - since > _STEADY_S else failures
            failures += 1
            await self._rest(failures)

    async def _bind(self) -> Link | None:
        refusal, code = None, ""
        link = None
        try:
            link = await Link.bind(self._account, self._take)
            _log.info("sms_bound", system_id=self._account.system_id)
        except BindRefused as told:
            meaning, code = meaning_of(told.status), code_of(told.status)
            _log.error("sms_bind_refused", status=code, reason=meaning.words)
            refusal = meaning if meaning.action is Action.STOP_SENDER else None
        except Exception as problem:  # noqa: BLE001 - whatever the centre says, it is asked again after a rest
            _log.warning("sms_not_connected", reason=type(problem).__name__)
        async with self._changed:
            self._link, self._refusal, self._refusal_code = link, refusal, code
            self._changed.notify_all()
        return link

    async def _hold(self, link: Link) -> None:
        if self._closing.is_set():
            await link.unbind()
        await link.ended.wait()
        await link.drop("ended")
        async with self._changed:
            self._link = None

    async def _rest(self, failures: int) -> None:
        """Longer after each failure, up to a minute, never in step with other clients; `close` ends it."""
        most = min(_FIRST_PAUSE_S * 2 ** min(failures - 1, 16), _LONGEST_PAUSE_S)
        pause = most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads reconnects, no secret
        try:
            async with asyncio.timeout(pause):
                await self._closing.wait()
        except TimeoutError:
            return


def _passing(words: str, retry_after_s: float | None = None) -> Meaning:
    return Meaning(Action.RETRY, words, retry_after_s)
