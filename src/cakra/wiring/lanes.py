"""The worker's lanes: which step runs where, and what each stage is given."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from cakra.core.law.offences import DepositRule
from cakra.core.ports import Channel
from cakra.core.states.outcome import Step
from cakra.delivery.codes import expire_codes
from cakra.delivery.inbound import expire_replies
from cakra.delivery.ladder import expire_sends, leave_late, leave_paused
from cakra.delivery.pause.pausing import PauseWatch
from cakra.delivery.post import require_own_spool
from cakra.delivery.proof.proofs import ProofDesk
from cakra.delivery.provider import leave_marked
from cakra.delivery.sending.sends import DispatchDesk
from cakra.engine.alarm import Alarm
from cakra.engine.images import ImagePool
from cakra.engine.lane import Lane, LaneRunner, RunStep
from cakra.engine.sending import SendingLane
from cakra.engine.worker import RunUntil, Work, repeated, run_worker, several, unhurried
from cakra.journey.ownership.step import OwnershipDesk
from cakra.journey.payment import ChargeDesk
from cakra.journey.screening.deciding.governed import Rulebook
from cakra.journey.screening.look import Looker
from cakra.journey.screening.step import ScreeningDesk
from cakra.kit.clock import now
from cakra.kit.settings import Settings
from cakra.outside.email import BounceBox, ReturnedMail
from cakra.plates.decision.files import load_calibration
from cakra.store.faults.aside import kind_of, note_lane_fault
from cakra.store.faults.parts import in_parts
from cakra.wiring import whatsapp
from cakra.wiring.beside.canary import canary_desk
from cakra.wiring.beside.codes import code_works
from cakra.wiring.cameras import camera_watch, plate_terms, stated_certainty
from cakra.wiring.keeping.aside import BOUNCES, keep_input
from cakra.wiring.keeping.retention import retention
from cakra.wiring.official.ready import NewWordings, require_wordings, tell_unofficial
from cakra.wiring.outgoing.channels import (
    bounce_box,
    calls_at_once,
    channels_in_use,
    dispatch_desks,
    open_pace,
    sender_names,
)
from cakra.wiring.outgoing.letters import letter_spool, print_day
from cakra.wiring.outgoing.money import channel_tariffs, code_tariffs, money_works
from cakra.wiring.outgoing.notices import later_notices, notice_desk, waiting_desk
from cakra.wiring.outgoing.sms import sms_readers
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
        world.policies,
        world.settings.notice.settle_after_s,
        channel_tariffs(world.settings),
        code_tariffs(world.settings),
        hearers=whatsapp.hearers(world),
        keep_input=keep_input(world),
    )


def image_pool(told: Settings) -> ImagePool:
    """The processes that look at photographs."""
    stamp = "CONTOH" if told.demo else None
    terms = plate_terms(told, stated_certainty())
    return ImagePool(told.screening.processes, terms, stamp, picture_s=told.screening.picture_s)


def screening_desk(world: World, looker: Looker | None) -> ScreeningDesk:
    """The screening stage; `looker` None only in benchmarks of everything else."""
    told = world.settings
    return ScreeningDesk(
        world.pool,
        world.photos,
        world.law,
        looker,
        Rulebook(world.policies, load_calibration(told.plates.calibration_file), world.law.holidays),
        told.intake.passage_window_s,
        told.watch.audit_one_in,
    )


STEPS = ("screening", "cases", "sending", "receipts")


class WorkerProcess:
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
        async with self._lanes() as lanes:
            await run_worker(lanes, self.alarm, stopping, self.tell)

    async def tell(self, lane: str, problem: BaseException) -> None:
        """Keep for `cakra doctor` that a lane failed."""
        await note_lane_fault(self.world.pool, lane, self.name, problem)

    @asynccontextmanager
    async def _lanes(self) -> AsyncIterator[dict[str, RunUntil]]:
        told = self.world.settings
        lanes: dict[str, RunUntil] = {}
        images: ImagePool | None = None
        desks: list[DispatchDesk] = []
        if "screening" in self._steps:
            images = image_pool(told)
            lanes["screening"] = self._case_lane(screening_lane(self.world, images))
        if "cases" in self._steps:
            lanes["cases"] = self._case_lane(cases_lane(self.world))
            lanes["watch"] = self._repeated("watch", camera_watch(self.world).look)
            lanes["word"] = self._repeated(
                "word", partial(later_notices(self.world).word, told.worker.batch, self._cells)
            )
        if "sending" in self._steps:
            pauses = PauseWatch(self.world.pool)
            await open_pace(self.world)
            if told.letter.enabled:
                await require_own_spool(self.world.pool, letter_spool(told.letter))
            desks = [replace(desk, pauses=pauses) for desk in dispatch_desks(self.world)]
            lanes |= self._senders(desks, pauses)
        if "receipts" in self._steps:
            lanes |= self._proofs()
        try:
            if images is not None:
                await images.open()
            yield lanes
        finally:
            for desk in desks:
                await desk.sender.close()
            if images is not None:
                await images.close()

    def _repeated(self, wakes_on: str, work: Work) -> RunUntil:
        return repeated(self.alarm, wakes_on, work, self.tell)

    def _case_lane(self, lane: Lane) -> RunUntil:
        return LaneRunner(lane, self.world.pool, self.alarm, worker=self.name, cells=self._cells, tell=self.tell).run

    def _senders(self, desks: Sequence[DispatchDesk], pauses: PauseWatch) -> dict[str, RunUntil]:
        lanes = {"pause": self._repeated("pause", pauses.refresh)}
        lanes |= {f"sending:{desk.channel}:{desk.sender.name}": self._sending(desk) for desk in desks}
        canaries = canary_desk(self.world, desks, pauses.may_leave)
        lanes["canary"] = self._repeated("canary", several("canary", canaries.works(), self.tell))
        works = whatsapp.chat_works(self.world, self.name, desks)
        works |= code_works(self.world, self.name, desks, pauses.may_leave)
        lanes |= {name: self._repeated(name, work) for name, work in works.items()}
        if self.world.settings.letter.enabled:
            lanes["letters"] = self._repeated("letters", print_day(self.world, proof_desk(self.world)).run)
        return lanes

    def _sending(self, desk: DispatchDesk) -> RunUntil:
        told = self.world.settings
        return SendingLane(
            desk,
            self.alarm,
            worker=self.name,
            cells=self._cells,
            in_flight=calls_at_once(told)[desk.channel],
            flush_s=told.worker.flush_ms / 1000,
            tell=self.tell,
        ).run

    def _proofs(self) -> dict[str, RunUntil]:
        proofs, told, senders = proof_desk(self.world), self.world.settings, sender_names(self.world.settings)

        async def apply() -> int:
            return await proofs.apply(told.worker.batch, self.name)

        lanes = {
            "receipts": self._repeated("receipts", apply),
            "clockwork": self._repeated("clockwork", several("clockwork", self._clockwork(proofs), self.tell)),
            "money": self._repeated("money", several("money", money_works(self.world, senders), self.tell)),
        }
        if (bounces := self.bounces()) is not None:
            lanes["bounces"] = self._repeated("bounces", partial(self._drain, bounces, proofs))
        return lanes

    def _clockwork(self, proofs: ProofDesk) -> dict[str, Work]:
        pool, told = self.world.pool, self.world.settings
        senders, batch, templates = sender_names(told), told.worker.batch, whatsapp.template_desk(self.world)
        return {
            "expire_sends": partial(expire_sends, pool, told.notice.settle_after_s),
            "expire_replies": partial(expire_replies, pool),
            "expire_codes": partial(expire_codes, pool),
            "settle": partial(proofs.settle, batch),
            "leave_paused": unhurried(partial(leave_paused, pool, senders, batch)),
            "leave_late": unhurried(partial(leave_late, pool, senders, batch)),
            "leave_stopped": unhurried(partial(templates.leave_stopped, pool, batch)),
            "leave_marked": unhurried(partial(leave_marked, pool, batch)),
            "wordings": NewWordings(self.world),
            **retention(self.world),
        }

    def bounces(self) -> BounceBox | None:
        """The mailbox of bounces, when there is one."""
        return bounce_box(self.world)

    async def _drain(self, bounces: BounceBox, proofs: ProofDesk) -> int:
        keep = keep_input(self.world)

        async def set_aside(found: ReturnedMail, problem: Exception) -> None:
            await keep(BOUNCES, kind_of(problem), found.raw, now())

        take = partial(proofs.take, Channel.EMAIL.value)
        return (await bounces.drain(take, parts=in_parts, set_aside=set_aside)).messages


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
        # One whose look is ended takes its whole time limit.
        lease_s=max(told.worker.lease_s, 60.0, 7.5 * told.screening.picture_s) if looker else told.worker.lease_s,
    )


def charge_desk(world: World) -> ChargeDesk:
    """The payment stage, for cases that were answered elsewhere than on the portal."""
    return ChargeDesk.open(
        world.pool,
        world.law,
        world.policies,
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
