"""What the portal needs from the rest of the house, and what it makes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.law.book import LawBook
from cakra.core.law.offences import DepositRule
from cakra.core.policy.editions import PolicyBook
from cakra.core.ports import PhotoStore
from cakra.doors.citizen.news import ChannelNews
from cakra.doors.citizen.showing import FILTERS
from cakra.doors.citizen.visiting import Gate, VisitKeeper
from cakra.doors.design import Assets, Pages
from cakra.doors.forms import FormGuard
from cakra.journey.answer import AnswerDesk
from cakra.journey.payment import ChargeDesk
from cakra.kit.clock import now
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings
from cakra.store.db import Pool

_ROOM = "cakra.doors.citizen"


@dataclass(frozen=True, slots=True)
class CitizenDeps:
    """Given by wiring. `clock` is what the portal takes for now; `senders`: channel in use → its official senders."""

    pool: Pool
    root_key: bytes = field(repr=False)
    photos: PhotoStore
    law: LawBook
    policies: PolicyBook
    settings: Settings
    assets: Assets = field(default_factory=Assets)
    clock: Callable[[], datetime] = now
    senders: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortalDeps:
    """The portal of one process, put together."""

    deps: CitizenDeps
    pages: Pages
    visits: VisitKeeper
    gate: Gate
    answers: AnswerDesk
    charges: ChargeDesk
    addressees: Sealer
    notices: Sealer
    news: ChannelNews

    @property
    def pool(self) -> Pool:
        """The database."""
        return self.deps.pool

    @classmethod
    def open(cls, deps: CitizenDeps) -> "PortalDeps":
        """Everything the routes share."""
        root, told = deps.root_key, deps.settings
        cookie_root = bytes.fromhex(told.keys.cookie) if told.keys.cookie else root
        secure = told.web.secure_cookies
        charges = charge_desk(deps)
        pages = Pages((_ROOM,), deps.assets, FormGuard.of(cookie_root, secure=secure), demo=told.demo, filters=FILTERS)
        return cls(
            deps,
            pages,
            VisitKeeper(Sealer(cookie_root, "visit"), told.portal.session_minutes, secure),
            Gate(deps.pool, Sealer(root, "gate"), Sealer(root, "register"), Sealer(root, "addressee"), deps.policies),
            AnswerDesk(deps.pool, Sealer(root, "answer"), charges.charge),
            charges,
            Sealer(root, "addressee"),
            Sealer(root, "notice"),
            ChannelNews(deps.pool, deps.senders, deps.clock),
        )


def charge_desk(deps: CitizenDeps) -> ChargeDesk:
    """The payment stage over the same world."""
    return ChargeDesk.open(
        deps.pool,
        deps.law,
        deps.policies,
        root_key=deps.root_key,
        company=deps.settings.portal.company_code,
        rule=DepositRule(deps.settings.law.deposit_of_several_offences),
    )
