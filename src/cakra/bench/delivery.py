"""`cakra bench delivery`: hand-overs a second on each channel beside the bare client, the ladder's speed, pauses."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from cakra.bench.measuring.bare import mails_per_s, submits_per_s
from cakra.bench.measuring.ground import TESTERS, Progress, add_testers, clear_cases, fill_ground
from cakra.bench.measuring.limit import http_calls_per_s, template_send_body
from cakra.bench.measuring.load import copy_cases, sample_plates
from cakra.bench.measuring.meter import percentiles
from cakra.bench.pausing import measure_pause
from cakra.bench.storm.fleet import Fleet, open_fleet, settings_of
from cakra.core.policy.kinds import LADDER
from cakra.core.ports import Channel, Message, Picture
from cakra.core.states.deadline import NATIONAL
from cakra.delivery.pause import pausing
from cakra.delivery.sending.content import read_message
from cakra.kit.clock import now
from cakra.store.embedded import ensure_running, stop
from cakra.store.faults.parts import again_when_crosswise
from cakra.store.policies import Draft, enact
from cakra.store.upkeep.migrate import migrate
from cakra.wiring.outgoing.letters import letter_press
from cakra.wiring.world import World, open_world

_CHUNK = 500
_TICK_S = 0.02
_PATIENCE_S = 60.0
_FALLBACK_RATE = 55  # Jakarta's burst
_WINDOW, _MAIL_CONNECTIONS = 50, 8
# Letters cost a hundred times a message; a smaller share is enough to measure them.
_SHARE = {Channel.WHATSAPP: 1.0, Channel.EMAIL: 0.5, Channel.SMS: 1.0, Channel.LETTER: 0.05}
_RUNG = '[[ladder.rung]]\nchannel = "{}"\nwait_for = "delivered"\nwithin_s = 1800\nbasis = "benchmark"\n'
_LADDER = """[[ladder]]
jurisdiction = "*"
purpose = "*"
offence = "*"
effective_from = 2026-01-01
source = "benchmark: every channel, so that each can be measured"

"""
_FAST = {
    "EMAIL__CONNECTIONS": str(_MAIL_CONNECTIONS),
    "SMS__ENABLED": "true",
    "SMS__SOURCE": "ETLE",
    "SMS__SYSTEM_ID": "bench",
    "SMS__PASSWORD": "bench",
    "SMS__WINDOW": str(_WINDOW),
    "SMS__SUBMITS_PER_S": "100000",
    "LETTER__ENABLED": "true",
}
# Only what reaches the owner this way waits to be sent; what does not is out of the measurement.
_AIM = """
with held as materialized (  -- in key order, as the worker locks them
    select n.cell, n.notice_id, n.plan from notice n where n.step = 'dispatch'
    order by n.cell, n.notice_id
    for update
), aimed as (
    select h.cell, h.notice_id, r.place - 1 as rung
    from held h, jsonb_array_elements(h.plan) with ordinality as r(rung, place)
    where r.rung ->> 'channel' = $1
    limit $2
), parked as (
    update notice n set step = null, due_at = null, state = 'cancelled'
    from held h
    where n.cell = h.cell and n.notice_id = h.notice_id and not exists (
        select from aimed a where a.cell = n.cell and a.notice_id = n.notice_id)
)
update notice n set channel = $1, rung = a.rung, due_at = now()
from aimed a where a.cell = n.cell and a.notice_id = n.notice_id
returning n.notice_id"""
_TAKEN = "select count(*) from notice where state in ('accepted', 'held', 'delivered', 'read')"
_FIRST_RUNGS = """
select extract(epoch from handed_over_at - shutter_at) * 1000 as ms from notice
where plan @> '[{"channel": "whatsapp"}, {"channel": "email"}]' and handed_over_at is not null"""
_OWED = """
select count(*) from notice
where plan @> '[{"channel": "whatsapp"}, {"channel": "email"}]' and handed_over_at is null"""


_SHOWN = """
with held as materialized (
    select n.cell, n.notice_id, row_number() over (order by n.notice_id) as place from (
        select cell, notice_id from notice n order by n.cell, n.notice_id
        for update) as n
)
update notice n set picture = p.sha256
from unnest($1::bytea[]) with ordinality as p(sha256, place), held h
where h.cell = n.cell and h.notice_id = n.notice_id and h.place = p.place"""


def _photographs(count: int) -> list[bytes]:
    """JPEGs of 1280 by 720, about 300 kB, no two alike (a comment in each)."""
    kept = io.BytesIO()
    Image.effect_noise((1280, 720), 40).convert("RGB").save(kept, "JPEG", quality=60)
    head, rest = kept.getvalue()[:2], kept.getvalue()[2:]
    return [head + b"\xff\xfe\x00\x06" + number.to_bytes(4) + rest for number in range(count)]


@dataclass
class Run:
    """One run under way: the world, its processes and vehicles whose owners can be reached by phone."""

    world: World
    fleet: Fleet
    plates: list[str]

    async def queue(self, cases: int) -> None:
        """Worded notices of so many cases, all waiting behind a pause of everything."""
        await clear_cases(self.world)
        await pausing.pause(self.world.pool, "everything", "", by=TESTERS[0], reason="pengukuran")
        async with self.world.pool.acquire() as connection:
            for start in range(0, cases, _CHUNK):
                await copy_cases(connection, self.plates[start : min(start + _CHUNK, cases)], now())
        await self._until(lambda: self.world.pool.fetchval("select count(*) from notice"), cases)

    async def go(self) -> None:
        """End the pause."""
        for one in await pausing.open_pauses(self.world.pool):
            await pausing.resume(self.world.pool, one.pause_id, by=TESTERS[1], reason="pengukuran")

    async def hand_over(self, channel: Channel, cases: int) -> tuple[int, float]:
        """(messages, messages a second) from the end of the pause to the last hand-over on this channel."""
        await self.queue(cases)
        if channel is Channel.LETTER:
            await self._photographs(cases)
        aim = partial(self.world.pool.fetch, _AIM, channel.value, cases)
        aimed = len(await again_when_crosswise(aim))
        started = time.perf_counter()
        await self.go()
        await self._until(lambda: self.world.pool.fetchval(_TAKEN), aimed)
        return aimed, aimed / (time.perf_counter() - started)

    async def _photographs(self, count: int) -> None:
        """Every letter shows a photograph of its own."""
        photographs = {sha256(jpeg).digest(): jpeg for jpeg in await asyncio.to_thread(_photographs, count)}
        await self.world.photos.put_many(photographs)
        await again_when_crosswise(partial(self.world.pool.execute, _SHOWN, list(photographs)))

    async def fall_back(self, share: float, seconds: float) -> dict[str, float] | None:
        """Shutter to hand-over, owners with an e-mail address, while WhatsApp refuses so many for good."""
        await clear_cases(self.world)
        await asyncio.to_thread(self.fleet.ask, "/sandbox/faults", {"share_absent": share})
        total, fed, begun = int(_FALLBACK_RATE * seconds), 0, time.perf_counter()
        async with self.world.pool.acquire() as connection:
            while fed < total:
                due = min(total, int((time.perf_counter() - begun) * _FALLBACK_RATE) + 1)
                await copy_cases(connection, self.plates[fed:due], now())
                fed = due
                await asyncio.sleep(1 / _FALLBACK_RATE)
        await self._until(lambda: self.world.pool.fetchval("select count(*) from notice"), total)
        await self._until(lambda: self.world.pool.fetchval(_OWED), 0)
        await asyncio.to_thread(self.fleet.ask, "/sandbox/faults", {"share_absent": 0.0})
        return percentiles([float(row["ms"]) for row in await self.world.pool.fetch(_FIRST_RUNGS)])

    async def _until(self, count: Callable[[], Awaitable[int]], wanted: int) -> None:
        """Wait for the count; TimeoutError when nothing moves any more."""
        until, seen = time.monotonic() + _PATIENCE_S, -1
        while (found := await count()) != wanted:
            if found != seen:
                until, seen = time.monotonic() + _PATIENCE_S, found
            if time.monotonic() > until:
                raise TimeoutError(f"{found} instead of {wanted}, and nothing moved for {_PATIENCE_S:.0f} s")
            await asyncio.sleep(_TICK_S)


async def bench_delivery(folder: Path, cases: int, rounds: int, seconds: float, progress: Progress) -> dict[str, Any]:
    """The figures of design section 10; the limit of each channel is measured right after it, in the same run."""
    async with _open_run(folder, cases, seconds, progress) as run:
        channels: dict[str, Any] = {}
        for channel in Channel:
            done, rate = await run.hand_over(channel, int(cases * _SHARE[channel]))
            limit = await _limit(run, channel, done)
            channels[channel.value] = {
                "messages": done,
                "handovers_per_s": round(rate, 1),
                "limit_per_s": round(limit, 1),
                "ratio_to_limit": round(rate / limit, 3),
            }
        await run.hand_over(Channel.WHATSAPP, cases)
        pauses = await measure_pause(run.world, run.fleet.sends_log, rounds, TESTERS)
        fallback = {str(share): await run.fall_back(share, seconds) for share in (0.0, 0.1, 1.0)}
    return {
        "channels": channels,
        "latency_fallback": fallback,
        "pause_ms": percentiles([one.from_commit_ms for one in pauses]),
    }


async def _limit(run: Run, channel: Channel, count: int) -> float:
    settings, fleet = run.world.settings, run.fleet
    match channel:
        case Channel.WHATSAPP:
            told = settings.whatsapp
            path = f"/{told.api_version}/{told.phone_number_id}/messages"
            return await http_calls_per_s(fleet.phone_port, path, template_send_body(), told.access_token, count)
        case Channel.EMAIL:
            sizes = [json.loads(line)["bytes"] for line in fleet.mail_log.read_bytes().splitlines()]
            return await mails_per_s(fleet.mail_port, sum(sizes) // len(sizes), _MAIL_CONNECTIONS, count)
        case Channel.SMS:
            return await submits_per_s(fleet.sms_port, _WINDOW, count)
        case Channel.LETTER:
            return await _letters_per_s(run.world, count)


async def _letters_per_s(world: World, count: int) -> float:
    """The same letters set and forgotten: the press alone, no signature, no disk."""
    messages = await _letters(world, count)
    return await asyncio.to_thread(_set_all, world, messages)


def _set_all(world: World, messages: Sequence[Message]) -> float:
    press, at = letter_press(world), now()
    started = time.perf_counter()
    for message in messages:
        press.set_letter(message, at)
    elapsed = time.perf_counter() - started
    press.close()
    return len(messages) / elapsed


async def _letters(world: World, count: int) -> list[Message]:
    """The messages of letters that were handed over."""
    rows = await world.pool.fetch(
        "select notice_id, template, language, content, picture from notice where state = 'held' limit $1", count
    )
    sealer = world.sealer("notice")
    return [
        read_message(
            Channel.LETTER,
            sealer.open_record(row["content"], row["notice_id"].to_bytes(8)),
            "n:0:1:1",
            row["template"],
            row["language"],
            Picture(row["picture"], await world.photos.get(row["picture"])),
        )
        for row in rows
    ]


@asynccontextmanager
async def _open_run(folder: Path, cases: int, seconds: float, progress: Progress) -> AsyncIterator[Run]:
    ladder = _LADDER + "\n".join(_RUNG.format(channel.value) for channel in Channel)
    with open_fleet(folder, {}, {}, _FAST) as fleet:
        settings = settings_of(fleet.environment)
        await asyncio.to_thread(ensure_running, settings.database.folder)
        try:
            await migrate(ensure_running(settings.database.folder).url)
            async with open_world(settings, "cakra bench") as world:
                await enact(world.pool, world.policies, Draft(LADDER.name, NATIONAL, date(2000, 1, 1), ladder))
                wanted = max(cases, int(_FALLBACK_RATE * seconds) + 1)
                await fill_ground(world, folder, int(wanted * 1.5) + 1000, progress)
                await add_testers(world)
                await world.pool.execute("truncate pause")
                fleet.start("web")
                fleet.start("worker-1")
                plates = [plate for plate, _ in await sample_plates(world.pool, wanted)]
                yield Run(world, fleet, plates)
        finally:
            await asyncio.to_thread(fleet.end_ours)
            await asyncio.to_thread(stop, settings.database.folder)
