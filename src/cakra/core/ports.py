"""What the product asks of the outside world; adapters in `outside` implement it, `wiring` joins them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cakra.core.foreign import LONGEST_PAUSE_S


class Channel(StrEnum):
    """A way to reach an owner."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"


class Action(StrEnum):
    """What a provider's word means for us, and so what happens next."""

    NONE = "none"  # accepted, nothing to mend
    RETRY = "retry"  # passing; the same attempt was not taken, a later one may be
    NEXT_CHANNEL = "next_channel"  # this recipient cannot be reached here
    STOP_SENDER = "stop_sender"  # account, token or policy: stop this sender and alarm
    FIX_US = "fix_us"  # our request was wrong: park and alarm
    WAIT = "wait"  # outcome unknown: only a receipt or an officer settles it
    RECALL = "recall"  # a pause came before the call: back into the queue, and no try is counted


class Throttle(StrEnum):
    """Whom a provider's "too many" is about; another sender may take the message at once."""

    SENDER = "sender"  # this sender's own throughput
    PAIR = "pair"  # this sender to this person


class SendState(StrEnum):
    """What is known right after a call to a provider."""

    ACCEPTED = "accepted"  # the hand-over that latency is measured to
    HELD = "held"  # taken, but kept back by the provider (quality assessment): not sent yet
    REFUSED = "refused"  # certainly not taken
    UNKNOWN = "unknown"  # bytes went out, no answer came back


@dataclass(frozen=True, slots=True)
class Picture:
    """A derived JPEG to show, by content hash."""

    sha256: bytes
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wording:
    """A message worded for channels that carry our own text: e-mail (subject, text, html) and SMS (text)."""

    subject: str = ""
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)  # shows the picture, if any, as cid:picture


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Whom and where a letter goes; lines as printed, five-digit postcode apart."""

    name: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    postcode: str = field(default="", repr=False)


async def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. `tag` is our own opaque id, echoed by receipts.

    A sender asks `may_leave` after its own waiting, right before the first byte of a call goes out; on False it
    makes no call and answers `RECALLED`.
    """

    tag: str
    recipient: str = field(repr=False)  # E.164 for WhatsApp and SMS, an address for e-mail, "" for letters
    template: str
    language: str
    variables: Mapping[str, str] = field(repr=False)
    link_suffix: str = field(repr=False)  # what follows the template's fixed host and path
    picture: Picture | None = None
    wording: Wording | None = None
    postal: PostalAddress | None = None
    may_leave: Callable[[], Awaitable[bool]] = field(default=_always, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider's word on one call, in our terms. `raw` is kept sealed with the attempt."""

    state: SendState
    action: Action
    provider_id: str | None = None
    code: str = ""
    detail: str = ""
    retry_after_s: float | None = None
    throttled: Throttle | None = None
    raw: bytes = field(default=b"", repr=False)
    units: int = 1  # what is paid for: segments of an SMS, pages of a letter

    @property
    def asked_s(self) -> float:
        """How long the provider asks us to wait, 0 when it does not; never more than an hour, whatever it says."""
        asked = self.retry_after_s or 0.0
        return min(asked, LONGEST_PAUSE_S) if asked > 0.0 else 0.0  # what is no number is not more than 0


RECALLED = SendResult(SendState.REFUSED, Action.RECALL, code="paused", detail="a pause came before the call")


class ReceiptState(StrEnum):
    """Proof from the device or a late failure; order of progress: sent, delivered, read.

    `returned` is the post's own word: a letter that counted as delivered came back, and nothing was delivered.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    RETURNED = "returned"


FAILURES = frozenset({ReceiptState.FAILED, ReceiptState.RETURNED})
# Proof only moves forward; a failure after delivery says nothing, but a letter that came back was not delivered.
PROOF_ORDER: Mapping[str, int] = {"sent": 1, "failed": 2, "delivered": 3, "read": 4, "returned": 5}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's later word about a message, matched by our own tag first."""

    tag: str | None
    provider_id: str
    state: ReceiptState
    at: datetime
    action: Action = Action.NONE
    code: str = ""
    detail: str = ""
    billable: bool | None = None  # the provider's word on whether it charges for the message; None: it said nothing


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from a person to one of our senders. Everything they say is personal."""

    provider_id: str
    sender: str  # our sender's public name; "" when it came to none that we know
    person: str = field(repr=False)  # E.164, or the provider's own id of a person without a number
    kind: str  # text | button | other
    at: datetime
    text: str = field(default="", repr=False)  # what was typed, or the button's label
    payload: str = field(default="", repr=False)  # what we had put into the button
    about: str = ""  # provider's id of the message of ours that it answers


@dataclass(frozen=True, slots=True)
class TemplateWord:
    """A provider's word about one registered text; what it does not speak of is None.

    `usable`: whether it may be sent in this status; `quality`, `category` as the provider writes them, in lower case.
    """

    template: str
    language: str
    at: datetime
    status: str | None = None
    usable: bool | None = None
    quality: str | None = None
    category: str | None = None
    reason: str = ""


class Weight(StrEnum):
    """What a provider's word about an account asks of us."""

    NOTE = "note"  # to be kept
    ALARM = "alarm"  # a person must know
    STOP = "stop"  # nothing may be sent until a person has looked


@dataclass(frozen=True, slots=True)
class AccountWord:
    """A provider's word about one of our senders, or (`sender` empty) about the account they all share."""

    sender: str
    event: str
    weight: Weight
    at: datetime
    detail: str = ""


Word = Inbound | TemplateWord | AccountWord


@dataclass(frozen=True, slots=True)
class Reply:
    """A free text in answer to a person's message, while the provider allows one. `tag` is our own opaque id."""

    tag: str
    person: str = field(repr=False)  # as in `Inbound`
    text: str = field(repr=False)
    about: str = ""  # provider's id of the message that it answers


class Replier(Protocol):
    """An official sender that can answer people who wrote to it."""

    @property
    def name(self) -> str:
        """As `Sender.name`."""

    async def reply(self, reply: Reply) -> SendResult:
        """Hand one answer over; never raises for a provider's or the network's fault."""


class Sender(Protocol):
    """One official sender of one channel."""

    @property
    def name(self) -> str:
        """The sender's public name or number as listed in the registry of official senders."""

    async def send(self, message: Message) -> SendResult:
        """Hand one message over; never raises for a provider's or the network's fault."""

    async def close(self) -> None:
        """Finish calls in flight and release connections."""


class Callbacks(Protocol):
    """How a provider's webhook is verified and read."""

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the raw body carries the provider's signature (constant time)."""

    def receipts(self, raw: bytes) -> Sequence[Receipt]:
        """The receipts of one verified body; unknown parts are left out."""

    def unread(self, raw: bytes) -> Mapping[str, int]:
        """How many parts of each kind say nothing that we understand; the others are read all the same."""
        del raw
        return {}

    def words(self, raw: bytes) -> Sequence[Word]:
        """Everything else that it says: messages from people, words about templates and accounts."""
        del raw
        return ()


class PhotoStore(Protocol):
    """Write-once, content-addressed photographs; keys are raw SHA-256 digests (32 bytes)."""

    async def put_many(self, blobs: Mapping[bytes, bytes]) -> None:
        """Return only when all are durable (one durable flush a batch); StorageFull, StoreError."""

    async def get(self, digest: bytes) -> bytes:
        """The bytes, hash verified; NotFound or StoreError with a sentence."""

    async def has(self, digests: Sequence[bytes]) -> set[bytes]:
        """Which of these are already durable."""

    async def delete_many(self, digests: Sequence[bytes]) -> None:
        """Return only when none of these is there any more; one that never was is no fault. StoreError.

        Nothing here knows who still needs a picture: that is the caller's to know.
        """
