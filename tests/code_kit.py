"""One-time codes in the middle of their life: a party with a contact, the pages' door, a lane on a scripted sender."""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.case_rows import put_case, put_party

from cakra.core.ports import RECALLED, Action, Channel, SendResult, SendState
from cakra.core.states.journey import State
from cakra.core.states.party import PartyRole
from cakra.delivery.codes import CodeDesk, CodeSending, Whose
from cakra.delivery.senders import Pace, open_senders
from cakra.kit.ids import new_id
from cakra.kit.seal import Sealer
from cakra.wiring.world import code_words
from camera_kit import ROOT_KEY
from official_kit import make_official

NUMBER, ADDRESS, SMS_NAME = "+62 811-0000-0000", "notis@etle.example", "ETLE PMJ"
SENDERS = {"whatsapp": (NUMBER,), "email": (ADDRESS,), "sms": (SMS_NAME,)}
PHONE, MAIL = "+6281234567890", "ibu@pemilik.example"
CONTACT = {"name": "Ibu Contoh", "phone": PHONE, "email": MAIL, "address": ""}
ADDRESSEES, CODES, NOTICES = (Sealer(ROOT_KEY, one) for one in ("addressee", "one_time_code", "notice"))
TAKEN = SendResult(SendState.ACCEPTED, Action.NONE, provider_id="wamid.X")
UNKNOWN = SendResult(SendState.UNKNOWN, Action.WAIT, code="timeout")
BUSY = SendResult(SendState.REFUSED, Action.RETRY, code="busy")


def refused(action, code="131026"):
    return SendResult(SendState.REFUSED, action, code=code)


@dataclass
class Scripted:
    """A sender that answers what a test tells it to, and keeps what it was given."""

    name: str = NUMBER
    answers: list = field(default_factory=list)
    sent: list = field(default_factory=list)

    async def send(self, message):
        if not await message.may_leave():
            return RECALLED
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else TAKEN
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self):
        """Nothing is open."""


async def make_ground(pool):
    """Senders that are official and have a pace."""
    for channel, names in SENDERS.items():
        await make_official(pool, channel, *names)
    await open_senders(pool, [(channel, names[0], Pace()) for channel, names in SENDERS.items()])


async def put_whose(pool, contact=CONTACT, **party):
    """A party of a notified case, with this contact."""
    key = await put_case(pool, state=State.NOTIFIED, step=None)
    party_id = party.setdefault("party_id", key[1])
    sealed = contact if contact is None or isinstance(contact, bytes) else seal_contact(party_id, contact)
    await put_party(pool, key, contact=sealed, **party)
    return Whose(*key, party_id)


def seal_contact(party_id, contact):
    return ADDRESSEES.seal_record(contact, party_id.to_bytes(8))


async def put_other(pool, whose, contact=CONTACT):
    """Another party of the same case."""
    party_id = new_id()
    sealed = seal_contact(party_id, contact)
    await put_party(
        pool, (whose.cell, whose.case_id), contact=sealed, role=PartyRole.NOMINEE, party_id=party_id, reference="X" * 15
    )
    return Whose(whose.cell, whose.case_id, party_id)


def desk_of(pool, senders=SENDERS):
    return CodeDesk(pool, CODES, ADDRESSEES, NOTICES, senders, code_words(), "ETLE")


def lane_of(pool, sender, channel=Channel.WHATSAPP, **more):
    return CodeSending(pool, CODES, code_words(), channel, sender, **{"lease_s": 60.0, "max_tries": 3} | more)


async def rows(pool):
    return await pool.fetch("select * from one_time_code order by asked_at, code_id")


async def digits_of(pool, place=-1):
    """What the newest message that waits says; only a test has the key at hand."""
    row = (await rows(pool))[place]
    return CODES.open_record(row["content"], row["code_id"].to_bytes(8))["digits"]


async def told(pool, whose):
    found = await pool.fetch("select told from case_event where case_id = $1 order by event_id", whose.case_id)
    return [row["told"] for row in found]


LATER = timedelta(minutes=10, seconds=1)
