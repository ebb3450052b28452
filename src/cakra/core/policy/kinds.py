"""The kinds of policy whose content the core can read; wiring adds those of the stages. A new kind is a line here."""

from typing import Any, Final

from cakra.core.delivery.ladder import Ladder, parse_ladders
from cakra.core.delivery.reminders import ReminderPolicy, parse_reminders
from cakra.core.law.deadlines import parse_deadline_policies
from cakra.core.law.zones.oddeven import OddEvenZone, parse_zones
from cakra.core.policy.ages import Ages, check_ages, parse_ages
from cakra.core.policy.automation import Automation, check_automation, parse_automation
from cakra.core.policy.certainty import Certainty, check_certainty, parse_certainty
from cakra.core.policy.kind import PolicyKind
from cakra.core.policy.limits import PortalLimits, check_limits, parse_limits
from cakra.core.policy.lines import check_deadlines, check_ladders, check_reminders, check_zones
from cakra.core.policy.retention import RetentionPolicy, check_retention, parse_retention
from cakra.core.states.deadline import DeadlinePolicy

_HERE, _LAW = "cakra.core.policy", "cakra.core.law"

AUTOMATION: Final[PolicyKind[Automation]] = PolicyKind(
    "automation",
    "how much the machine may decide",
    _HERE,
    ("data/automation.toml",),
    parse_automation,
    check_automation,
)
THRESHOLDS: Final[PolicyKind[Certainty]] = PolicyKind(
    "thresholds",
    "how sure a plate must be, how precise a camera",
    _HERE,
    ("data/thresholds.toml",),
    parse_certainty,
    check_certainty,
)
AGES: Final[PolicyKind[Ages]] = PolicyKind(
    "ages", "how old a camera's record may be", _HERE, ("data/ages.toml",), parse_ages, check_ages
)
ZONES: Final[PolicyKind[tuple[OddEvenZone, ...]]] = PolicyKind(
    "zones", "odd-even roads, days and hours", _LAW, ("data/oddeven.toml",), parse_zones, check_zones
)
LADDER: Final[PolicyKind[tuple[Ladder, ...]]] = PolicyKind(
    "ladder", "which way a notice goes first, and next", _HERE, ("data/ladder.toml",), parse_ladders, check_ladders
)
REMINDERS: Final[PolicyKind[tuple[ReminderPolicy, ...]]] = PolicyKind(
    "reminders", "when an owner is reminded", _HERE, ("data/reminders.toml",), parse_reminders, check_reminders
)
DEADLINES: Final[PolicyKind[tuple[DeadlinePolicy, ...]]] = PolicyKind(
    "deadlines",
    "until when one may answer and pay",
    _LAW,
    ("data/deadlines.toml",),
    parse_deadline_policies,
    check_deadlines,
)
LIMITS: Final[PolicyKind[PortalLimits]] = PolicyKind(
    "limits",
    "how often one may be wrong at the portal",
    _HERE,
    ("data/limits.toml",),
    parse_limits,
    check_limits,
    national=True,
)
RETENTION: Final[PolicyKind[RetentionPolicy]] = PolicyKind(
    "retention",
    "how long what is kept is kept",
    _HERE,
    ("data/retention.toml",),
    parse_retention,
    check_retention,
    national=True,
)
CORE_KINDS: Final[tuple[PolicyKind[Any], ...]] = (
    AUTOMATION,
    THRESHOLDS,
    AGES,
    ZONES,
    LADDER,
    REMINDERS,
    DEADLINES,
    LIMITS,
    RETENTION,
)
