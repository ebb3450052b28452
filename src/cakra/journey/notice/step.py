"""The notice step: words a confirmation for each channel of the owner's ladder and hands it to dispatch."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.case import Case, Record
from cakra.core.journey import State
from cakra.core.ladder import Ladder, Rung, ladder_for, plan, reachable, write_plan
from cakra.core.outcome import Outcome
from cakra.core.plate import PlateError, parse_plate
from cakra.core.ports import Channel
from cakra.journey.notice.mail import email_wording
from cakra.journey.notice.rules import Template, notice_values
from cakra.kit.ids import new_id, show_reference
from cakra.kit.seal import Sealer
from cakra.store.db import Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.notice")


_PURPOSE = "confirmation"
_POSTCODE = re.compile(r"\b[1-9][0-9]{4}\s*$")


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What the step needs.

    `site`: the host to type by hand; `link_base`: what a notice's own address begins with; `ladders`, `channels`:
    which ways there are and which of them are in use; `stamped`: everything says CONTOH.
    """

    pool: Pool
    addressees: Sealer
    notices: Sealer
    templates: Sequence[Template]
    labels: Mapping[str, Mapping[str, str]]  # language → offence code → words
    site: str
    link_base: str
    ladders: Sequence[Ladder]
    channels: Collection[Channel]
    language: str = "id"
    stamped: bool = False

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """identified → notifying, with one notice row each; review when no channel in use reaches the owner."""
        rows = await self.pool.fetch(
            SQL.scenes,
            [case.cell for case in cases],
            [case.case_id for case in cases],
            [case.camera for case in cases],
        )
        scenes = {(row["cell"], row["case_id"]): row for row in rows}
        return [self._word(case, scenes[case.key], at) for case in cases]

    def _word(self, case: Case, scene: Row, at: datetime) -> Outcome:
        assert case.addressee is not None
        owner = self.addressees.open_record(case.addressee, case.case_id.to_bytes(8))
        ladder = ladder_for(self.ladders, case.jurisdiction, _PURPOSE, case.offences, at.date())
        rungs = plan(ladder, reachable(owner), self.channels)
        if not rungs:
            return Outcome(*case.key, State.REVIEW, "owner_unreachable")
        record = Record("notice", case.cell, case.case_id, self._notice(case, scene, owner, rungs, at))
        told = {"purpose": _PURPOSE, "language": self.language}
        return Outcome(*case.key, State.NOTIFYING, "notice_queued", told, records=(record,))

    def _notice(
        self, case: Case, scene: Row, owner: Mapping[str, Any], rungs: Sequence[Rung], at: datetime
    ) -> dict[str, Any]:
        template = next(t for t in self.templates if t.purpose == _PURPOSE and t.language == self.language)
        notice_id, picture = new_id(), case.notice_picture or scene["picture"]
        content = self._content(case, scene, owner, rungs, template, with_picture=picture is not None)
        return {
            "notice_id": notice_id,
            "purpose": _PURPOSE,
            "language": self.language,
            "template": template.registered_name(with_picture=picture is not None),
            "content": self.notices.seal_record(content, notice_id.to_bytes(8)),
            "picture": picture,
            "shutter_at": case.occurred_at,
            "state": "queued",
            "created_at": at,
            "step": "dispatch",
            "due_at": rungs[0].may_leave_at(at, ZoneInfo(scene["zone"])),
            "channel": rungs[0].channel.value,
            "plan": write_plan(rungs),
            "jurisdiction": case.jurisdiction,
        }

    def _content(
        self,
        case: Case,
        scene: Row,
        owner: Mapping[str, Any],
        rungs: Sequence[Rung],
        template: Template,
        *,
        with_picture: bool,
    ) -> dict[str, Any]:
        """What each channel of the plan says; the phone's stands at the top."""
        values = self._values(case, scene)
        content: dict[str, Any] = {
            "recipient": owner["phone"],
            "link_suffix": case.reference,
            # The provider refuses a message with a value too many.
            "variables": {name: value for name, value in values.items() if name in template.variables},
        }
        channels = {rung.channel for rung in rungs}
        if Channel.EMAIL in channels:
            link = self.link_base + case.reference
            told = email_wording(template, values, link, with_picture=with_picture, stamped=self.stamped)
            content["email"] = {"recipient": owner["email"], **told}
        if Channel.LETTER in channels:
            # A sheet has room for every value, whatever the phone's template leaves out.
            content["letter"] = {**_postal(owner), "variables": dict(values)}
        return content

    def _values(self, case: Case, scene: Row) -> Mapping[str, str]:
        labels = self.labels[self.language]
        return notice_values(
            plate=_spaced(case.plate or ""),
            agency=scene["agency"],
            offences=[labels.get(code, code) for code in case.offences],
            occurred_at=case.occurred_at,
            zone=scene["zone"],
            place=scene["place"],
            reference=show_reference(case.reference),
            site=self.site,
            language=self.language,
        )


def _spaced(plate: str) -> str:
    try:
        return parse_plate(plate).spaced
    except PlateError:
        return plate


def _postal(owner: Mapping[str, Any]) -> dict[str, Any]:
    address = str(owner["address"]).strip()
    postcode = _POSTCODE.search(address)
    street = address[: postcode.start()].rstrip(" ,") if postcode else address
    lines = [line.strip() for line in street.split(",")]
    return {"name": owner["name"], "lines": lines, "postcode": postcode[0].strip() if postcode else ""}
