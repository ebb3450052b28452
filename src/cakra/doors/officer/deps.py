"""What the officers' house needs from the rest; `wiring` fills it in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from cakra.core.delivery.tariff import ChannelTariff
from cakra.core.ports import PhotoStore
from cakra.doors.design import Assets, Pages
from cakra.doors.forms import FormGuard
from cakra.doors.officer import explaining
from cakra.doors.officer.words import FILTERS
from cakra.journey.intake import QuarantineDesk, Release
from cakra.journey.payment import ChargeDesk
from cakra.journey.watching.rules import Limits
from cakra.kit.clock import now
from cakra.kit.seal import Sealer
from cakra.store.db import Pool

HOME = "/petugas"
CONTROL, STAFF, ORDERS, REFUSALS = f"{HOME}/jeda", f"{HOME}/staf", f"{HOME}/perintah", f"{HOME}/penolakan"
ROOMS = ("control", "books", "timeline", "cameras", "explaining", "quarantine", "staff")  # with templates of their own
# Each sign-in costs 64 MB and 40 ms of CPU; more than this many wait.
_SIGN_INS_AT_ONCE = 2


@dataclass(frozen=True)
class OfficerDeps:
    """Shared by the officers' routes of one process.

    register, addressees, answers, notices, provider: sealers of those purposes; limits: its index hides who tried
    to sign in; labels: language → offence code → words; settle_s: how long proof is waited for after a settled send;
    charges: the payment stage; senders: channel in use → its official senders; tariffs: channel → what a message
    costs; watch: when a camera is no longer believed; quarantine: what doors set aside.
    """

    pool: Pool
    photos: PhotoStore
    pages: Pages
    guard: FormGuard
    register: Sealer = field(repr=False)
    addressees: Sealer = field(repr=False)
    answers: Sealer = field(repr=False)
    limits: Sealer = field(repr=False)
    notices: Sealer = field(repr=False)
    provider: Sealer = field(repr=False)
    labels: Mapping[str, Mapping[str, str]]
    settle_s: float
    charges: ChargeDesk
    quarantine: QuarantineDesk
    secure: bool
    senders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tariffs: Mapping[str, ChannelTariff] = field(default_factory=dict)
    watch: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = now
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIGN_INS_AT_ONCE))


def officer_deps(
    pool: Pool,
    photos: PhotoStore,
    assets: Assets,
    *,
    root_key: bytes,
    labels: Mapping[str, Mapping[str, str]],
    settle_s: float,
    charges: ChargeDesk,
    secure: bool,
    demo: bool,
    senders: Mapping[str, Sequence[str]] | None = None,
    tariffs: Mapping[str, ChannelTariff] | None = None,
    watch: Limits | None = None,
    releases: Mapping[str, Release] | None = None,
) -> OfficerDeps:
    """The officers' house of one process. `releases`: how each door's set-aside input is tried again."""
    guard, sealer = FormGuard.of(root_key, secure=secure), partial(Sealer, root_key)
    return OfficerDeps(
        pool=pool,
        photos=photos,
        pages=_pages(assets, guard, demo=demo),
        guard=guard,
        register=sealer("register"),
        addressees=sealer("addressee"),
        answers=sealer("answer"),
        limits=sealer("limits"),
        notices=sealer("notice"),
        provider=sealer("provider"),
        labels=labels,
        settle_s=settle_s,
        charges=charges,
        quarantine=QuarantineDesk(pool, sealer("quarantine"), releases or {}),
        secure=secure,
        senders=senders or {},
        tariffs=tariffs or {},
        watch=watch or Limits(),
    )


def _pages(assets: Assets, guard: FormGuard, *, demo: bool) -> Pages:
    rooms = ("cakra.doors.officer", *(f"cakra.doors.officer.{room}" for room in ROOMS))
    return Pages(rooms, assets, guard, demo, home=HOME, filters=(*FILTERS, *explaining.FILTERS))
