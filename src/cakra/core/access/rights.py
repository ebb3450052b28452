"""Who may do what: roles as sets of acts, grants of a role for a while, and one question. Pure.

A grant holds in one jurisdiction or in the whole nation. An act upon a case, a camera or an office asks for its
jurisdiction; an act that is not any office's own, such as pausing a channel, asks for the nation (None).
Source: design, section 4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cakra.kit.errors import CakraError, NotFound


class Act(StrEnum):
    """What an officer may do. A route, a list or a command that an officer uses asks for one of these."""

    ENTER = "enter"  # be in the officers' house at all
    READ_CASES = "read_cases"  # lists, search, case, timeline, photographs
    SEE_OWNER = "see_owner"  # open who owns the vehicle, with a reason
    SEE_PROVIDER_ANSWERS = "see_provider_answers"  # what a provider said of a message: the contact in full
    DECIDE_CASES = "decide_cases"  # take, hold, release and decide; charge, where the officer is certified
    TAKE_OVER_CASES = "take_over_cases"  # a case that another officer holds
    TELL_AGAIN = "tell_again"  # a later notice that reached nobody
    OPEN_SECOND_FACTOR = "open_second_factor"  # the chassis number of a case that was guessed at
    RELEASE_ASIDE = "release_aside"  # what the machine set aside, tried again
    SEE_SENDING = "see_sending"  # channels, senders, pauses
    PAUSE_SENDING = "pause_sending"
    RESUME_SENDING = "resume_sending"  # as a second person
    RELEASE_SENDERS = "release_senders"  # one that a provider stopped
    SEE_CAMERAS = "see_cameras"  # how far each is believed
    TRUST_CAMERAS = "trust_cameras"  # one that was left to officers
    SEE_QUARANTINE = "see_quarantine"
    SETTLE_QUARANTINE = "settle_quarantine"  # try again, or drop
    SEE_BOOKS = "see_books"
    SET_BUDGETS = "set_budgets"
    PUBLISH_OFFICIAL = "publish_official"  # official senders, hosts and signing keys
    AUTHORISE_CHARGES = "authorise_charges"  # record in whose name the machine charges
    MANAGE_OFFICERS = "manage_officers"  # add and disable them, give and end grants
    SEE_ORDERS = "see_orders"  # what waits for a second person
    APPROVE_GRANTS = "approve_grants"  # as a second person, where a grant needs two
    SEE_REFUSALS = "see_refusals"  # refused acts and failed sign-ins
    REPLACE_REFERENCES = "replace_references"  # one that leaked
    EXPORT_CASES = "export_cases"  # for a court or an audit
    HOLD_CASES = "hold_cases"  # from erasure
    DRAFT_POLICIES = "draft_policies"
    APPROVE_POLICIES = "approve_policies"  # as a second person


class Role(StrEnum):
    """What an officer is, each a set of acts in ROLES."""

    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    COMMANDER = "commander"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    COUNTER = "counter"  # Posko: people come with their papers
    TREASURER = "treasurer"
    COURT_LIAISON = "court_liaison"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    OPERATOR = "operator"


_SEEING: Final = frozenset({Act.ENTER, Act.SEE_SENDING, Act.SEE_CAMERAS, Act.SEE_QUARANTINE, Act.SEE_BOOKS})
_REVIEWING: Final = _SEEING | {
    Act.READ_CASES,
    Act.SEE_OWNER,
    Act.DECIDE_CASES,
    Act.TELL_AGAIN,
    Act.OPEN_SECOND_FACTOR,
}
_LEADING: Final = _SEEING | {
    Act.PAUSE_SENDING,
    Act.RESUME_SENDING,
    Act.RELEASE_SENDERS,
    Act.TRUST_CAMERAS,
    Act.SETTLE_QUARANTINE,
    Act.SET_BUDGETS,
    Act.PUBLISH_OFFICIAL,
    Act.AUTHORISE_CHARGES,
    Act.RELEASE_ASIDE,
    Act.SEE_ORDERS,
    Act.DRAFT_POLICIES,
    Act.APPROVE_POLICIES,
    Act.HOLD_CASES,
    Act.REPLACE_REFERENCES,
}

ROLES: Final[Mapping[Role, frozenset[Act]]] = {
    Role.REVIEWER: _REVIEWING,
    Role.SUPERVISOR: _REVIEWING
    | _LEADING
    | {Act.TAKE_OVER_CASES, Act.SEE_PROVIDER_ANSWERS, Act.REPLACE_REFERENCES, Act.EXPORT_CASES},
    Role.COMMANDER: _LEADING | {Act.APPROVE_GRANTS, Act.APPROVE_POLICIES},
    Role.AUDITOR: _SEEING
    | {Act.READ_CASES, Act.SEE_OWNER, Act.SEE_PROVIDER_ANSWERS, Act.SEE_REFUSALS, Act.SEE_ORDERS, Act.EXPORT_CASES},
    Role.ADMINISTRATOR: _LEADING
    | {Act.MANAGE_OFFICERS, Act.APPROVE_GRANTS, Act.SEE_REFUSALS, Act.DRAFT_POLICIES, Act.APPROVE_POLICIES},
    Role.COUNTER: frozenset(
        {Act.ENTER, Act.READ_CASES, Act.SEE_OWNER, Act.TELL_AGAIN, Act.OPEN_SECOND_FACTOR, Act.REPLACE_REFERENCES}
    ),
    Role.TREASURER: frozenset({Act.ENTER, Act.SEE_BOOKS, Act.SET_BUDGETS}),
    Role.COURT_LIAISON: frozenset({Act.ENTER, Act.READ_CASES, Act.EXPORT_CASES}),
    Role.DATA_PROTECTION_OFFICER: frozenset({Act.ENTER, Act.SEE_REFUSALS, Act.HOLD_CASES}),
    Role.OPERATOR: _SEEING | {Act.PAUSE_SENDING, Act.RELEASE_SENDERS, Act.SETTLE_QUARANTINE, Act.RELEASE_ASIDE},
}

TWO_PEOPLE: Final = frozenset({Role.COMMANDER, Role.ADMINISTRATOR})
"""Nobody becomes one of these by one officer's word."""


class NotAllowed(CakraError):
    """No grant in force carries this act there; nothing was done. `jurisdiction` None: the nation."""

    code = "not_allowed"

    def __init__(self, username: str, act: Act, jurisdiction: str | None = None) -> None:
        super().__init__(refusal(username, act, jurisdiction))
        self.username, self.act, self.jurisdiction = username, act, jurisdiction


class Foreign(NotFound):
    """A row of an office where this officer may not look: told in the words of one that does not exist."""

    def __init__(
        self, sentence: str, username: str, act: Act, jurisdiction: str | None, code: str | None = None
    ) -> None:
        super().__init__(sentence, code=code)
        self.username, self.act, self.jurisdiction = username, act, jurisdiction


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one officer, from an instant until before another. `jurisdiction` None: the nation."""

    role: Role
    jurisdiction: str | None
    valid_from: datetime
    valid_to: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


def may(grants: Iterable[Grant], act: Act, jurisdiction: str | None, at: datetime) -> bool:
    """Whether these grants carry the act there; None: for the nation, which no office's grant does."""
    return any(one.holds(at) and act in ROLES[one.role] and one.jurisdiction in {None, jurisdiction} for one in grants)


def jurisdictions(grants: Iterable[Grant], act: Act, at: datetime) -> frozenset[str] | None:
    """The jurisdictions in which these grants carry the act: None for all there are, empty for nowhere."""
    found = {one.jurisdiction for one in grants if one.holds(at) and act in ROLES[one.role]}
    return None if None in found else frozenset(place for place in found if place is not None)


def roles_with(act: Act) -> list[Role]:
    """The roles that carry an act, in their order."""
    return [role for role, acts in ROLES.items() if act in acts]


def refusal(username: str, act: Act, jurisdiction: str | None = None) -> str:
    """One sentence: who may not do what where, and whom to ask."""
    where = f"in {jurisdiction}" if jurisdiction is not None else "for the nation"
    needed = ", ".join(role.value for role in roles_with(act))
    return (
        f"{username} holds no grant in force for {act.value} {where} (roles that carry it: {needed}); nothing was"
        " changed. `cakra officer list` shows all."
    )
