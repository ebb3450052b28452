"""`cakra case timeline REFERENCE`: what happened to a case and its notices, told so that a judge can read it."""

import json
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from cakra.cli.delivery.acting import ActingOfficer, acting
from cakra.core.access.rights import Act, Foreign
from cakra.journey.timeline.reading import NO_CASE, Timeline, read_timeline
from cakra.journey.timeline.rules import TimelineLine, judge_time
from cakra.kit.clock import now
from cakra.kit.console import say
from cakra.kit.ids import read_reference, show_reference
from cakra.store.rights import may, note_access
from cakra.wiring.world import World

case = App(name="case", help="Read what happened to one case.")
_WHO = {"id": {"machine": "sistem", "owner": "pemilik"}, "en": {"machine": "the machine", "owner": "the owner"}}


@case.command
def timeline(
    reference: Annotated[str, Parameter(help="The reference as it stands on the message.")],
    *,
    username: ActingOfficer,
    language: Annotated[Literal["id", "en"], Parameter(help="Of the sentences.")] = "id",
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print every line as JSON.")] = False,
) -> None:
    """Every notice, attempt, receipt, change of channel and pause of a case, with times and reasons.

    Contacts are masked but for their end; what the provider answered in full is opened in the console, with a reason.
    That the case was read is recorded. The password is asked for, or read from standard input.
    """
    cell, canonical = read_reference(reference)

    async def work(world: World) -> Timeline:
        found = await read_timeline(world.pool, world.sealer("notice"), cell, canonical)
        if not await may(world.pool, username, Act.READ_CASES, found.jurisdiction):
            raise Foreign(NO_CASE, username, Act.READ_CASES, found.jurisdiction)
        await note_access(world.pool, username, [(found.cell, found.case_id)], "case_timeline", "command", now())
        return found

    found = acting(username, "case timeline", work)
    if as_json:
        say(json.dumps(_record(found), ensure_ascii=False, default=str))
        return
    say(f"{show_reference(found.reference)}  {found.plate}  {found.agency}")
    for line in (*found.lines, *found.ends):
        say(_told(line, found.zone, language))


def _told(line: TimelineLine, zone: str, language: str) -> str:
    who = f" [{_WHO[language].get(line.who, line.who)}]" if line.who else ""
    moved = f" ({line.moved[0] or '–'} → {line.moved[1]})" if line.moved else ""
    return f"{judge_time(line.at, zone, language)}  {line.told.said(language)}{moved}{who}"


def _record(found: Timeline) -> dict[str, Any]:
    return {
        "reference": found.reference,
        "plate": found.plate,
        "state": found.state,
        "agency": found.agency,
        "occurred_at": found.occurred_at.isoformat(),
        "zone": found.zone,
        "lines": [_line(line, found.zone) for line in found.lines],
        "ends": [_line(line, found.zone) for line in found.ends],
    }


def _line(line: TimelineLine, zone: str) -> dict[str, Any]:
    return {
        "at": line.at.isoformat(),
        "local": judge_time(line.at, zone, "id"),
        "kind": line.kind,
        "id": line.told.id,
        "en": line.told.en,
        "who": line.who,
        "moved": line.moved,
        "facts": dict(line.facts),
    }
