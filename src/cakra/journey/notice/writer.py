"""A notice of any purpose, worded for each channel of its addressee's ladder and sealed, ready to be dispatched."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cakra.core.delivery.ladder import Rung, ladder_for, plan, reachable, write_plan
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kinds import LADDER
from cakra.core.ports import Channel
from cakra.core.states.case import Case
from cakra.core.states.deadline import NATIONAL
from cakra.core.states.notice import Purpose
from cakra.core.states.party import Party
from cakra.journey.notice.mail import email_wording
from cakra.journey.notice.rules import Template, fitted, notice_values, template_for
from cakra.journey.notice.sms import sms_text
from cakra.journey.notice.wordings import TEMPLATES
from cakra.kit.ids import show_reference
from cakra.kit.seal import Sealer
from cakra.store.db import Row

_POSTCODE = re.compile(r"\b[1-9][0-9]{4}\s*$")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told. `number`: which reminder; `notice_id`: what the words are sealed to."""

    notice_id: int
    purpose: Purpose
    number: int = 0


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every notice is written with.

    `site`: the host to type by hand; `link_base`: what a notice's own address begins with; `policies`: the words of the
    day, and which ways there are; `channels`: which of these are in use; `language`: of owners who asked for none;
    `stamped`: everything says CONTOH.
    """

    addressees: Sealer
    notices: Sealer
    labels: Mapping[str, Mapping[str, str]]  # language → offence code → words
    site: str
    link_base: str
    policies: PolicyBook
    channels: Collection[Channel]
    language: str = "id"
    stamped: bool = False

    def write(self, case: Case, party: Party, scene: Row, told: Telling, at: datetime) -> dict[str, Any] | None:
        """The columns of `notice` that say what goes where and when; None when no channel in use reaches the party.

        StoreError when its contact does not open, KeyError when there is no wording for it.
        """
        assert party.contact is not None
        owner = self.addressees.open_record(party.contact, party.party_id.to_bytes(8))
        zone = ZoneInfo(scene["zone"])
        ladders = self.policies.at(LADDER, case.jurisdiction, case.occurred_at)
        day = at.astimezone(zone).date()
        ladder = ladder_for(ladders.content, case.jurisdiction, told.purpose, case.offences, day)
        rungs = plan(ladder, reachable(owner), self.channels, owner.get("preferred_channel"))
        if not rungs:
            return None
        languages = owner.get("language"), self.language
        wordings = self.policies.at(TEMPLATES, NATIONAL, at)
        template = template_for(wordings.content, told.purpose, languages, named=party.is_named)
        picture = (case.notice_picture or scene["picture"]) if template.picture else None
        content = _Page(self, case, party, scene, told, template, owner).content(
            rungs, with_picture=picture is not None
        )
        due_at = rungs[0].may_leave_at(at, zone)
        return {
            "language": template.language,
            "template": template.registered_name(with_picture=picture is not None),
            "content": self.notices.seal_record(content, told.notice_id.to_bytes(8)),
            "picture": picture,
            "due_at": due_at,
            "hand_over_by": rungs[0].hand_over_by(due_at),
            # So that nobody is written to twice within seconds, and the row still does not say who it is.
            "recipient": self.notices.index("phone", owner["phone"]) if owner.get("phone") else None,
            "channel": rungs[0].channel.value,
            "plan": write_plan(rungs),
            "editions": f"{ladders.label} {wordings.label}",
        }


@dataclass(frozen=True, slots=True)
class _Page:
    """One notice on its letterhead."""

    head: Letterhead
    case: Case
    party: Party
    scene: Row
    told: Telling
    template: Template
    owner: Mapping[str, Any]

    def content(self, rungs: Sequence[Rung], *, with_picture: bool) -> dict[str, Any]:
        """What each channel of the plan says; the phone's stands at the top."""
        values = self._values()
        content: dict[str, Any] = {
            "recipient": self.owner["phone"],
            "link_suffix": self.party.reference,
            # The provider refuses a message with a value too many.
            "variables": fitted(
                self.template.body,
                {name: value for name, value in values.items() if name in self.template.variables},
            ),
        }
        channels = {rung.channel for rung in rungs}
        own_words = {Channel.EMAIL} if self.told.purpose is Purpose.CONFIRMATION else {Channel.EMAIL, Channel.LETTER}
        told = self._words(values, with_picture=with_picture) if channels & own_words else {}
        if Channel.EMAIL in channels:
            content["email"] = {"recipient": self.owner["email"], **told}
        if Channel.SMS in channels:
            text = sms_text(self.told.purpose, self.template.language, values, stamped=self.head.stamped)
            content["sms"] = {"recipient": self.owner["phone"], "text": text}
        if Channel.LETTER in channels:
            # A sheet has room for every value, whatever the phone's template leaves out.
            content["letter"] = {**_postal(self.owner), "variables": values}
            if Channel.LETTER in own_words:
                # The letter of a confirmation is a form of its own; any other is a plain letter of these words.
                content["letter"] |= {"subject": told["subject"], "text": told["text"]}
        return content

    def _words(self, values: Mapping[str, str], *, with_picture: bool) -> Mapping[str, str]:
        link = self.head.link_base + self.party.reference
        return email_wording(self.template, values, link, with_picture=with_picture, stamped=self.head.stamped)

    def _values(self) -> dict[str, str]:
        language = self.template.language
        labels = self.head.labels[language]
        return notice_values(
            plate=None if self.party.is_named else _spaced(self.case.plate or ""),
            agency=self.scene["agency"],
            offences=[labels.get(code, code) for code in self.case.offences],
            occurred_at=self.case.occurred_at,
            zone=self.scene["zone"],
            place=self.scene["place"],
            reference=show_reference(self.party.reference),
            site=self.head.site,
            language=language,
            answer_by=self.case.confirm_by,
            number=self.told.number,
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
