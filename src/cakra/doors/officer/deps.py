"""What the officers' house needs from the rest; `wiring` fills it in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cakra.core.ports import PhotoStore
from cakra.doors.design import Assets, Pages
from cakra.doors.forms import FormGuard
from cakra.doors.officer.words import FILTERS
from cakra.journey.payment import ChargeDesk
from cakra.kit.clock import now
from cakra.kit.seal import Sealer
from cakra.store.db import Pool

HOME = "/petugas"
CONTROL = f"{HOME}/jeda"
# Each sign-in costs 64 MB and 40 ms of CPU; more than this many wait.
_SIGN_INS_AT_ONCE = 2


@dataclass(frozen=True)
class OfficerDeps:
    """Shared by the officers' routes of one process.

    register, addressees, answers: sealers of those purposes; limits: its index hides who tried to sign in;
    labels: language → offence code → words; settle_s: how long proof is waited for after a settled send;
    charges: the payment stage; senders: channel in use → its official senders.
    """

    pool: Pool
    photos: PhotoStore
    pages: Pages
    guard: FormGuard
    register: Sealer = field(repr=False)
    addressees: Sealer = field(repr=False)
    answers: Sealer = field(repr=False)
    limits: Sealer = field(repr=False)
    labels: Mapping[str, Mapping[str, str]]
    settle_s: float
    charges: ChargeDesk
    secure: bool
    senders: Mapping[str, Sequence[str]] = field(default_factory=dict)
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
) -> OfficerDeps:
    """Put the officers' house of one process together. `assets`: the same as the citizens'."""
    guard = FormGuard.of(root_key, secure=secure)
    return OfficerDeps(
        pool=pool,
        photos=photos,
        pages=Pages(
            ("cakra.doors.officer", "cakra.doors.officer.control"), assets, guard, demo, home=HOME, filters=FILTERS
        ),
        guard=guard,
        register=Sealer(root_key, "register"),
        addressees=Sealer(root_key, "addressee"),
        answers=Sealer(root_key, "answer"),
        limits=Sealer(root_key, "limits"),
        labels=labels,
        settle_s=settle_s,
        charges=charges,
        secure=secure,
        senders=senders or {},
    )
