"""The worker's lanes: which step runs where, and what each stage is given."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from cakra.core.law.offences import DepositRule
from cakra.core.outcome import Step
from cakra.core.ports import Channel
from cakra.engine.alarm import Alarm
from cakra.engine.images import ImagePool
from cakra.engine.lane import Lane, LaneRunner, RunStep
from cakra.engine.sending import SendingLane
from cakra.engine.worker import RunUntil, Work, repeated, run_worker, unhurried
from cakra.journey.dispatch.pausing import PauseWatch
from cakra.journey.dispatch.proofs import ProofDesk
from cakra.journey.dispatch.provider import leave_marked
from cakra.journey.dispatch.senders import leave_late
from cakra.journey.dispatch.sends import DispatchDesk
from cakra.journey.dispatch.settling import expire_sends, leave_paused
from cakra.journey.inbound import expire_replies
from cakra.journey.ownership.step import OwnershipDesk
from cakra.journey.payment import ChargeDesk
from cakra.journey.screening.facts import AgeLimits
from cakra.journey.screening.look import Looker
from cakra.journey.screening.step import ScreeningDesk
from cakra.wiring import whatsapp
from cakra.wiring.cameras import camera_watch, plate_terms
from cakra.wiring.canary import canary_desk
from cakra.wiring.channels import (
    bounce_box,
    calls_at_once,
    channels_in_use,
    dispatch_desks,
    open_pace,
    sender_names,
)
from cakra.wiring.letters import PrintDay
from cakra.wiring.money import channel_tariffs, keep_wordings, money_work
from cakra.wiring.notices import later_notices, notice_desk, reminders, waiting_desk
from cakra.wiring.official.ready import require_wordings, tell_unofficial
from cakra.wiring.retention import Retention
from cakra.wiring.sms import sms_readers
from cakra.wiring.world import World, require_safe_provider


def ownership_desk(world: World) -> OwnershipDesk:
    """The ownership stage."""
    return OwnershipDesk(
        world.pool, world.sealer("register"), world.sealer("addressee"), channels_in_use(world.settings)
    )


def proof_desk(world: World) -> ProofDesk:
    """Receipts."""
    readers = {"whatsapp": whatsapp.callbacks(world.settings), **sms_readers(world.settings)}
    return ProofDesk(
        world.pool,
        world.sealer("callback"),
        readers,
        world.law.deadlines,
        world.settings.notice.settle_after_s,
        channel_tariffs(world.settings),
        reminders(world.settings),
        hearers=whatsapp.hearers(world),
    )


def screening_desk(world: World, looker: Looker | None) -> ScreeningDesk:
    """The screening stage; `looker` None only in benchmarks of everything else."""
    told = world.settings.screening
    return ScreeningDesk(
        world.pool,
        world.photos,
        world.law,
        looker,
        plate_terms(world.settings),
        told.min_audited_precision,
        world.settings.intake.passage_window_s,
        world.settings.watch.audit_one_in,
        AgeLimits(
            timedelta(days=told.oldest_days),
            {code: timedelta(days=days) for code, days in told.oldest_days_at.items()},
        ),
    )


STEPS = ("screening", "cases", "sending", "receipts")


class Worker:
    """One worker process: builds its lanes, runs them, stops gracefully."""

    def __init__(self, world: World, *, steps: Collection[str] = STEPS, cells: Sequence[int] | None = None) -> None:
        self.world = world
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._steps = steps
        self._cells = cells
        self.alarm = Alarm(world.url, world.settings.worker.sweep_s)

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; SetupError before anything is claimed when provider or wordings are not safe."""
        await require_safe_provider(self.world)
        if {"screening", "cases"} & set(self._steps):
            await require_wordings(self.world)
        await tell_unofficial(self.world)
        await keep_wordings(self.world)
        async with self._lanes() as lanes:
            await run_worker(lanes, self.alarm, stopping)

    @asynccontextmanager
    async def _lanes(self) -> AsyncIterator[list[RunUntil]]:
        told = self.world.settings
        lanes: list[RunUntil] = []
        images: ImagePool | None = None
        desks: list[DispatchDesk] = []
        if "screening" in self._steps:
            images = ImagePool(told.screening.processes, plate_terms(told), "CONTOH" if told.demo else None)
            lanes.append(self._case_lane(screening_lane(self.world, images)))
        if "cases" in self._steps:
            lanes.append(self._case_lane(cases_lane(self.world)))
            lanes.append(repeated(self.alarm, "watch", camera_watch(self.world).look))
            wording = partial(later_notices(self.world).word, told.worker.batch, self._cells)
            lanes.append(repeated(self.alarm, "word", wording))
        if "sending" in self._steps:
            pauses = PauseWatch(self.world.pool)
            await open_pace(self.world)
            desks = [replace(desk, pauses=pauses) for desk in dispatch_desks(self.world)]
            lanes.append(repeated(self.alarm, "pause", pauses.refresh))
            lanes += [self._sending(desk) for desk in desks]
            canaries = canary_desk(self.world, desks, pauses.may_leave)
            lanes.append(repeated(self.alarm, "canary", canaries.sing))
            lanes += whatsapp.chat_lanes(self.world, self.alarm, self.name, desks)
            if told.letter.enabled:
                lanes.append(repeated(self.alarm, "letters", PrintDay.open(self.world, proof_desk(self.world)).run))
        if "receipts" in self._steps:
            lanes += self._proofs()
        try:
            if images is not None:
                await images.open()
            yield lanes
        finally:
            for desk in desks:
                await desk.sender.close()
            if images is not None:
                await images.close()

    def _case_lane(self, lane: Lane) -> RunUntil:
        return LaneRunner(lane, self.world.pool, self.alarm, worker=self.name, cells=self._cells).run

    def _sending(self, desk: DispatchDesk) -> RunUntil:
        told = self.world.settings
        return SendingLane(
            desk,
            self.alarm,
            worker=self.name,
            cells=self._cells,
            in_flight=calls_at_once(told)[desk.channel],
            flush_s=told.worker.flush_ms / 1000,
        ).run

    def _proofs(self) -> list[RunUntil]:
        proofs, told, retention = proof_desk(self.world), self.world.settings, Retention(self.world)
        senders, bounces, templates = sender_names(told), bounce_box(self.world), whatsapp.template_desk(self.world)

        async def apply() -> int:
            return await proofs.apply(told.worker.batch, self.name)

        pool, batch = self.world.pool, told.worker.batch
        clockwork: list[Work] = [
            partial(expire_sends, pool, told.notice.settle_after_s),
            partial(expire_replies, pool),
            partial(proofs.settle, batch),
            retention.forget,
            unhurried(partial(leave_paused, pool, senders, batch)),
            unhurried(partial(leave_late, pool, senders, batch)),
            unhurried(partial(templates.leave_stopped, pool, batch)),
            unhurried(partial(leave_marked, pool, batch)),
        ]

        async def settle() -> int:
            return sum([await work() for work in clockwork])

        async def drain() -> int:
            assert bounces is not None
            return (await bounces.drain(partial(proofs.take, Channel.EMAIL.value))).messages

        reports = [repeated(self.alarm, "bounces", drain)] if bounces else []
        money = repeated(self.alarm, "money", money_work(self.world, senders))
        return [repeated(self.alarm, "receipts", apply), repeated(self.alarm, "clockwork", settle), money, *reports]


def _after_screening(world: World) -> dict[str, RunStep]:
    return {Step.OWNERSHIP: ownership_desk(world).run, Step.NOTICE: notice_desk(world).run}


def screening_lane(world: World, looker: Looker | None) -> Lane:
    """Screening, and what follows it at once, in one chain and one write."""
    told = world.settings
    return Lane(
        "screening",
        claims=(Step.SCREENING,),
        runs={Step.SCREENING: screening_desk(world, looker).run, **_after_screening(world)},
        batch=4 * told.screening.processes if looker else told.worker.batch,
        wakes=("dispatch",),
        at_once=2,
        # Looking takes a tenth of a second a photograph, seconds where the plate must be found first.
        lease_s=max(told.worker.lease_s, 60.0) if looker else told.worker.lease_s,
    )


def charge_desk(world: World) -> ChargeDesk:
    """The payment stage, for cases that were answered elsewhere than on the portal."""
    return ChargeDesk.open(
        world.pool,
        world.law,
        root_key=world.root_key,
        company=world.settings.portal.company_code,
        rule=DepositRule(world.settings.law.deposit_of_several_offences),
    )


def cases_lane(world: World) -> Lane:
    """Everything a case does by itself after screening: owner, notice, charge, deadlines."""
    told = world.settings.worker
    return Lane(
        "cases",
        claims=(Step.OWNERSHIP, Step.NOTICE, Step.CHARGE, Step.DEADLINE),
        runs={**_after_screening(world), Step.CHARGE: charge_desk(world).run, Step.DEADLINE: waiting_desk(world).run},
        batch=told.batch,
        wakes=("dispatch",),
        lease_s=told.lease_s,
    )
