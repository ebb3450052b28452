"""The notice step: words a confirmation for each identified case and hands it to dispatch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cakra.core.case import Case, Record
from cakra.core.journey import State
from cakra.core.outcome import Outcome
from cakra.core.plate import PlateError, parse_plate
from cakra.journey.notice.rules import Template, notice_values
from cakra.kit.ids import new_id, show_reference
from cakra.kit.seal import Sealer
from cakra.store.db import Pool, Row
from cakra.store.sql import load_queries

SQL = load_queries("cakra.journey.notice")


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What the step needs: the pool, both sealers, the templates, offence labels, the host to type by hand."""

    pool: Pool
    addressees: Sealer
    notices: Sealer
    templates: Sequence[Template]
    labels: Mapping[str, Mapping[str, str]]  # language → offence code → words
    site: str
    language: str = "id"

    async def run(self, cases: Sequence[Case], at: datetime) -> list[Outcome]:
        """identified → notifying, with one notice row each."""
        rows = await self.pool.fetch(
            SQL.scenes,
            [case.cell for case in cases],
            [case.case_id for case in cases],
            [case.camera for case in cases],
        )
        scenes = {(row["cell"], row["case_id"]): row for row in rows}
        return [self._word(case, scenes[case.key], at) for case in cases]

    def _word(self, case: Case, scene: Row, at: datetime) -> Outcome:
        template = next(t for t in self.templates if t.purpose == "confirmation" and t.language == self.language)
        notice_id, picture = new_id(), case.notice_picture or scene["picture"]
        assert case.addressee is not None
        owner = self.addressees.open_record(case.addressee, case.case_id.to_bytes(8))
        content = {
            "recipient": owner["phone"],
            "link_suffix": case.reference,
            # The provider refuses a message with a value too many.
            "variables": {
                name: value for name, value in self._values(case, scene).items() if name in template.variables
            },
        }
        values = {
            "notice_id": notice_id,
            "purpose": "confirmation",
            "language": self.language,
            "template": template.registered_name(with_picture=picture is not None),
            "content": self.notices.seal_record(content, notice_id.to_bytes(8)),
            "picture": picture,
            "shutter_at": case.occurred_at,
            "state": "queued",
            "created_at": at,
            "step": "dispatch",
            "due_at": at,
        }
        return Outcome(
            case.cell,
            case.case_id,
            State.NOTIFYING,
            "notice_queued",
            {"purpose": "confirmation", "language": self.language},
            records=(Record("notice", case.cell, case.case_id, values),),
        )

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
