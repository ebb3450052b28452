"""From the records of a case to lines that a judge reads. Pure: every key and every state has its sentence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cakra.core.delivery.ladder import Rung
from cakra.core.paper import paper_time, zone_of
from cakra.journey.timeline.endings import explain_end
from cakra.journey.timeline.sentences import ANSWERS, CHANNELS, EVENTS, PROOFS, PURPOSES, WHY, Sentence, word

_CLOCK = {"id": "%H.%M.%S", "en": "%H:%M:%S"}
_SHOWN_DIGITS = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """One attempt of one notice, for whoever may open the provider's own words."""

    notice_id: int
    channel: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line. `kind`: event, notice, attempt, answer, receipt, pause, end; `facts`: keys as they are kept."""

    at: datetime
    kind: str
    told: Sentence
    who: str = ""
    moved: tuple[str, str] | None = None
    attempt: AttemptKey | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice with all its attempts and receipts, as kept; contacts already masked, by channel."""

    row: Mapping[str, Any]
    plan: Sequence[Rung]
    contacts: Mapping[str, str]
    attempts: Sequence[Mapping[str, Any]]
    receipts: Sequence[Mapping[str, Any]]
    wording: bytes | None = None


def judge_time(instant: datetime, zone: str, language: str) -> str:
    """With seconds, local and universal: 21 Nov 2026 08.01.02 WIB (01.01.02 UTC)."""
    day, _, name = paper_time(instant, zone, language).rpartition(" ")
    date = day.rpartition(" ")[0]
    clock = _CLOCK[language]
    return f"{date} {instant.astimezone(zone_of(zone)):{clock}} {name} ({instant.astimezone(UTC):{clock}} UTC)"


def masked(contact: str) -> str:
    """A contact of which only the end is shown: …7890, or s…@…le for an address."""
    if "@" in contact:
        return f"{contact[0]}…@…{contact[-2:]}"
    return f"…{contact[-_SHOWN_DIGITS:]}" if len(contact) > _SHOWN_DIGITS else "…"


def event_line(row: Mapping[str, Any]) -> TimelineLine:
    """What the case's own timeline says."""
    details: Mapping[str, Any] = row["details"]
    return TimelineLine(
        row["at"],
        "event",
        explain_event(row["told"], details),
        row["actor"],
        (row["from_state"] or "", row["to_state"]) if row["to_state"] else None,
        facts=details,
    )


def explain_event(told: str, details: Mapping[str, Any]) -> Sentence:
    """The sentence of one event; details that are missing are shown as a dash."""
    sides: list[dict[str, str]] = []
    for side in ("id", "en"):
        values: dict[str, str] = defaultdict(lambda: "–", {name: str(value) for name, value in details.items()})
        for name in ("channel", "next"):
            if name in details:
                values[name] = word(CHANNELS, str(details[name])).said(side)
        if "why" in details:
            values["why"] = word(WHY, str(details["why"])).said(side)
        sides.append(values)
    return word(EVENTS, told).filled(*sides)


def notice_lines(notice: NoticeRecord) -> list[TimelineLine]:
    """Everything that happened to one notice: how it was worded, each attempt, each receipt."""
    lines = [_worded(notice)]
    for attempt in notice.attempts:
        lines += _attempt_lines(notice, attempt)
    return [*lines, *(_receipt_line(notice, receipt) for receipt in notice.receipts)]


def end_line(notice: NoticeRecord, at: datetime) -> TimelineLine:
    """Where a notice stands at that instant, and why."""
    row = notice.row
    facts = {"notice": row["notice_id"], "purpose": row["purpose"], "state": row["state"]}
    return TimelineLine(at, "end", explain_end(row, notice.attempts), facts=facts)


def _worded(notice: NoticeRecord) -> TimelineLine:
    row = notice.row
    mark = notice.wording.hex() if notice.wording else ""
    purpose = word(PURPOSES, row["purpose"])
    known = f"{row['template']} ({row['language']})" if row["template"] else "–"
    ways_id = "; ".join(_rung(rung, "id") for rung in notice.plan) or "–"
    ways_en = "; ".join(_rung(rung, "en") for rung in notice.plan) or "–"
    told = Sentence(
        f"Pemberitahuan «{purpose.id}» disusun dengan teks {known}, sidik kata SHA-256 {mark[:16] or '–'}. "
        f"Jalan yang terbuka: {ways_id}.",
        f"Notice «{purpose.en}» was worded with the text {known}, SHA-256 of the wording {mark[:16] or '–'}. "
        f"Ways that were open: {ways_en}.",
    )
    facts = {"notice": row["notice_id"], "template": row["template"], "language": row["language"], "wording": mark}
    return TimelineLine(row["created_at"], "notice", told, facts=facts)


def _rung(rung: Rung, language: str) -> str:
    channel, proof = word(CHANNELS, rung.channel.value).said(language), word(PROOFS, rung.wait_for).said(language)
    return f"{channel} ({proof} ≤ {_span(rung.within_s, language)})"


def _span(seconds: float, language: str) -> str:
    units = {"id": ("detik", "menit", "jam", "hari"), "en": ("s", "min", "h", "days")}[language]
    for limit, size, unit in ((2 * _MINUTE, 1, 0), (2 * _HOUR, _MINUTE, 1), (2 * _DAY, _HOUR, 2)):
        if seconds < limit:
            return f"{seconds / size:.0f} {units[unit]}"
    return f"{seconds / _DAY:.0f} {units[3]}"


def _attempt_lines(notice: NoticeRecord, attempt: Mapping[str, Any]) -> list[TimelineLine]:
    channel = word(CHANNELS, attempt["channel"])
    key = AttemptKey(notice.row["notice_id"], attempt["channel"], attempt["attempt"])
    to = notice.contacts.get(attempt["channel"], "–")
    number, sender = attempt["attempt"], attempt["sender"]
    intended = Sentence(
        f"Percobaan {number} lewat {channel.id} dari pengirim {sender} kepada {to} dicatat, lalu diserahkan.",
        f"Attempt {number} by {channel.en} from the sender {sender} to {to} was recorded, then handed over.",
    )
    facts = {"sender": sender, "contact": to, "number": number}
    answered = attempt["answered_at"] or attempt["proof_at"] or attempt["intended_at"]
    told = {name: attempt[name] for name in ("state", "code", "action") if attempt[name]}
    told["kept"] = attempt["has_raw"]
    return [
        TimelineLine(attempt["intended_at"], "attempt", intended, facts=facts),
        TimelineLine(answered, "answer", explain_answer(attempt), attempt=key, facts=told),
    ]


def explain_answer(attempt: Mapping[str, Any]) -> Sentence:
    """What became of one call."""
    state = "recalled" if attempt["action"] == "recall" else attempt["state"]
    channel, cause = word(CHANNELS, attempt["channel"]), _cause(attempt)
    told = ANSWERS.get(state) or Sentence(
        f"Keadaan percobaan: {state}{{cause}}.", f"State of the attempt: {state}{{cause}}."
    )
    return told.filled({"channel": channel.id, "cause": cause}, {"channel": channel.en, "cause": cause})


def _cause(attempt: Mapping[str, Any]) -> str:
    told = ": ".join(part for part in (attempt["code"], attempt["detail"]) if part)
    return f" ({told})" if told else ""


def _receipt_line(notice: NoticeRecord, receipt: Mapping[str, Any]) -> TimelineLine:
    channel, proof = word(CHANNELS, receipt["channel"]), word(PROOFS, receipt["state"])
    code = f" ({receipt['code']})" if receipt["code"] else ""
    told = Sentence(
        f"Tanda terima dari {channel.id} untuk percobaan {receipt['attempt']}: {proof.id}{code}.",
        f"Receipt from {channel.en} for attempt {receipt['attempt']}: {proof.en}{code}.",
    )
    key = AttemptKey(notice.row["notice_id"], receipt["channel"], receipt["attempt"])
    facts = {"state": receipt["state"], "received_at": receipt["received_at"]}
    return TimelineLine(receipt["at"], "receipt", told, attempt=key, facts=facts)


def pause_lines(row: Mapping[str, Any]) -> list[TimelineLine]:
    """A pause that a notice met, and its end."""
    what = row["key"] or "–"
    levels = {
        "everything": ("semua pengiriman", "everything"),
        "jurisdiction": (f"wilayah {what}", f"jurisdiction {what}"),
    }
    of = word(CHANNELS, what)
    levels |= {
        "channel": (f"saluran {of.id}", f"the channel {of.en}"),
        "sender": (f"pengirim {what}", f"the sender {what}"),
    }
    place_id, place_en = levels.get(row["level"], (what, what))
    lines = [
        TimelineLine(
            row["paused_at"],
            "pause",
            Sentence(f"Jeda atas {place_id}: {row['reason']}.", f"Pause of {place_en}: {row['reason']}."),
            f"officer:{row['paused_by']}",
        )
    ]
    if row["resumed_at"]:
        why = row["resume_reason"] or "–"
        ended = Sentence(f"Jeda atas {place_id} berakhir: {why}.", f"The pause of {place_en} ended: {why}.")
        lines.append(TimelineLine(row["resumed_at"], "pause", ended, f"officer:{row['resumed_by']}"))
    return lines


def in_order(lines: Iterable[TimelineLine]) -> list[TimelineLine]:
    """Oldest first; what happened at one instant keeps the order in which it was given."""
    return sorted(lines, key=lambda line: line.at)
