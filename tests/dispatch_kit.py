"""Notices in the middle of their sending: queued rows, a desk on the simulated provider, callbacks as it words them."""

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from tests.case_rows import CELL, SHUTTER, put_case, stored

from cakra.core.delivery.ladder import Rung, write_plan
from cakra.core.ports import Channel
from cakra.core.states.journey import State
from cakra.delivery.ladder import expire_sends
from cakra.delivery.proof.keeping import keep_callback
from cakra.delivery.proof.proofs import ProofDesk
from cakra.delivery.sending.sends import DispatchDesk
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.outside.photos import open_photo_store
from cakra.outside.whatsapp import WhatsAppCallbacks, WhatsAppSender
from camera_kit import ROOT_KEY
from official_kit import make_official
from policy_kit import book_of, packaged
from whatsapp_peer import PLAIN, SECRET, VARIABLES, WITH_PICTURE, sandbox

PHONE = "+6281234567890"
SETTLE_S, LEASE_S, MAX_TRIES = 1800.0, 60.0, 3
ONE_RUNG = (Rung(Channel.WHATSAPP, "delivered", 600.0),)
PHONE_AND_MAIL = (*ONE_RUNG, Rung(Channel.EMAIL, "delivered", 7200.0))
CONTENT_BOTH = {
    "recipient": PHONE,
    "link_suffix": "7K2M9QX4B3",
    "variables": VARIABLES,
    "email": {"recipient": "ibu@pemilik.example", "subject": "Permintaan konfirmasi", "text": "Isi.", "html": ""},
}
OFFICIAL = ("provider", "Kantor")  # of every channel, for senders that only tests have
CALM = {"delay_ms": 0, "answer_code": None, "media_code": None, "share_hung": 0, "share_lost": 0, "share_held": 0}


@dataclass(frozen=True)
class Queued:
    """One notice and its case."""

    cell: int
    notice_id: int
    case_id: int

    @property
    def case_key(self):
        return self.cell, self.case_id

    def tag(self, attempt=1):
        return f"n:{self.cell}:{self.notice_id}:{attempt}"


class Ground:
    """What the tests of sending stand on."""

    def __init__(self, pool, peer, photos, sender):
        self.pool, self.peer, self.photos, self.sender = pool, peer, photos, sender
        self.sealed = Sealer(ROOT_KEY, "notice")
        self.callbacks = Sealer(ROOT_KEY, "callback")
        self.desk = self.desk_of()
        self.proofs = ProofDesk(
            pool,
            self.callbacks,
            {"whatsapp": WhatsAppCallbacks(SECRET)},
            book_of(reminders=packaged()["reminders"].replace("[5, 7, 13]", "[]")),  # the deadline alone
            SETTLE_S,
        )

    def desk_of(self, **changes):
        told = {"settle_s": SETTLE_S, "lease_s": LEASE_S, "max_tries": MAX_TRIES, "sender": self.sender} | changes
        return DispatchDesk(
            pool=self.pool, notices=self.sealed, provider=Sealer(ROOT_KEY, "provider"), photos=self.photos, **told
        )

    async def queue(
        self, *, case_id=None, recipient=PHONE, picture=None, purpose="confirmation", content=None, plan=ONE_RUNG
    ):
        """A queued notice of a case that is being notified; `plan`: its rungs."""
        if case_id is None:
            _, case_id = await put_case(self.pool, state=State.NOTIFYING, step=None)
        notice_id = new_id()
        told = content or {"recipient": recipient, "link_suffix": "7K2M9QX4B3", "variables": VARIABLES}
        await self.pool.execute(
            "insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, picture,"
            " shutter_at, state, created_at, step, due_at, plan, channel, jurisdiction)"
            " values ($1, $2, $3, $3, $4, 'id', $5, $6, $7, $8, 'queued', now(), 'dispatch', now(), $9, $10, 'PMJ')",
            CELL,
            notice_id,
            case_id,
            purpose,
            WITH_PICTURE.name if picture else PLAIN.name,
            told if isinstance(told, bytes) else self.sealed.seal_record(told, notice_id.to_bytes(8)),
            picture,
            SHUTTER,
            write_plan(plan),
            plan[0].channel.value,
        )
        return Queued(CELL, notice_id, case_id)

    async def claim(self, limit=50):
        return await self.desk.claim(limit, "tester", None)

    async def send(self, desk=None):
        """Claim, call and record everything that is due; what was answered."""
        desk = desk or self.desk
        answers = [await desk.send(outgoing) for outgoing in await desk.claim(50, "tester", None)]
        if answers:
            await desk.record(answers)
        return answers

    async def notice(self, queued):
        return await self.pool.fetchrow("select * from notice where notice_id = $1", queued.notice_id)

    async def attempts(self, queued):
        return await self.pool.fetch("select * from attempt where notice_id = $1 order by attempt", queued.notice_id)

    async def attempt(self, queued):
        (one,) = await self.attempts(queued)
        return one

    async def case(self, queued):
        return await stored(self.pool, queued.case_key)

    async def told(self, queued):
        rows = await self.pool.fetch("select told from case_event where case_id = $1 order by event_id", queued.case_id)
        return [row["told"] for row in rows]

    async def pass_time(self, queued, step):
        """The time of this step is up."""
        changed = await self.pool.execute(
            "update notice set due_at = now() - interval '1 second' where notice_id = $1 and step = $2",
            queued.notice_id,
            step,
        )
        assert changed == "UPDATE 1", f"the notice is not waiting for {step}"

    async def keep(self, *statuses):
        """One webhook of these statuses, kept as the door keeps it."""
        await self.keep_raw({"field": "messages", "value": {"statuses": list(statuses)}})

    async def keep_raw(self, change):
        """One webhook of this change."""
        raw = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
        await keep_callback(self.pool, self.callbacks, "whatsapp", raw.encode(), timedelta(days=1))

    async def tell(self, *statuses):
        """One webhook, kept and applied."""
        await self.keep(*statuses)
        assert await self.proofs.apply(500, "tester") == 1

    async def expire(self):
        return await expire_sends(self.pool, SETTLE_S)


def status(tag, state, *, at=None, code=None, **more):
    """One status as the provider words it; `at` is now when left out."""
    told = {"id": f"wamid.{tag}", "status": state, "biz_opaque_callback_data": tag}
    told["timestamp"] = str(int((at or datetime.now(UTC)).timestamp()))
    if code is not None:
        told["errors"] = [{"code": code, "title": "refused"}]
    return told | more


@asynccontextmanager
async def ground_on(pool, peer, folder, **account):
    """A desk with its own sender and store of photographs."""
    async with WhatsAppSender(peer.account(**account)) as sender:
        await make_official(pool, Channel.WHATSAPP, sender.name, *OFFICIAL)
        await make_official(pool, Channel.EMAIL, "notis@etle.example", *OFFICIAL)
        await make_official(pool, Channel.SMS, "ETLE PMJ", *OFFICIAL)
        await make_official(pool, Channel.LETTER, "Surat Ditlantas", *OFFICIAL)
        yield Ground(pool, peer, open_photo_store(str(folder)), sender)


# ---------------------------------------------------------------- fixtures, which the folders' conftest names
@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The simulated provider of a file of tests."""
    with sandbox(tmp_path_factory.mktemp("whatsapp"), absent_suffixes=["0404"], absent_as="answer") as peer:
        yield peer


@pytest.fixture
def peer(running):
    """The same, without the faults that a test told it to make."""
    yield running
    running.faults(**CALM)


@pytest.fixture
async def ground(pool, peer, tmp_path):
    """A desk on it."""
    async with ground_on(pool, peer, tmp_path) as ground:
        yield ground
