"""A plate decision as a person follows it: letter by letter, its rivals, and what would change it. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from cakra.core import shares
from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.doors.words import N_

BAR = 200
"""Width of a certainty in its drawing."""
_LEAST_SHOWN = 0.0001
_KINDS = {"accept": "ok", "review": "doubt", "mismatch": "fail", "unreadable": "fail"}
_READERS: Mapping[str, str] = {"own": N_("pembaca pelat Indonesia"), "generic": N_("pembaca umum")}
_FIRM: Mapping[str, str] = {
    "accept": N_("Hanya foto lain dari lintasan ini yang jelas memperlihatkan pelat lain dapat mengubahnya."),
    "mismatch": N_("Hanya foto lain yang jelas memperlihatkan %(claim)s dapat mengubahnya."),
    "review": N_("Foto pelat yang lebih dekat atau lebih tajam dapat mengubahnya."),
}
_OWN_WORDS: Mapping[str, str] = {
    "small": _FIRM["review"],
    "blurred": _FIRM["review"],
    "several": N_("Kotak pelat dari kamera, atau foto satu kendaraan saja, menentukan pelat mana yang dimaksud."),
    "no_series": N_("Hanya orang yang melihat pelatnya dapat memastikan bahwa ia tidak berhuruf belakang."),
    "foreign": N_("Hanya orang yang melihat fotonya dapat memastikan pelat negara mana ini."),
    "no_plate_of_ours": N_("Hanya orang yang melihat fotonya dapat memastikan pelat negara mana ini."),
}
"""Doubts, by their key, in which telling the claim from its rivals would not be enough."""


@dataclass(frozen=True, slots=True)
class CharacterPlace:
    """One character. `claimed`, `read`: None where there is none; `mark`: `same`, `differs` or `unsure`.

    `other`: what the nearest rival has here, where that is why the photograph is unsure.
    """

    number: int
    claimed: str | None
    read: str | None
    mark: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """A plate and its probability; `text` is None for all plates that are not named."""

    text: str | None
    share: float
    claimed: bool

    @property
    def width(self) -> float:
        """Of its bar; what is not nothing can be seen."""
        return round(max(1.0, self.share * BAR), 1) if self.share else 0.0


@dataclass(frozen=True, slots=True)
class PlateSentence:
    """A text to translate, and the plates and letters it speaks of."""

    words: str
    about: Mapping[str, str]


@dataclass(frozen=True)
class PlateExplained:
    """One `plate_photo` finding. `needed`: the probability of the claim that acceptance takes."""

    finding: Mapping[str, Any]
    camera: str
    kind: str
    claim: str | None
    reading: str
    places: Sequence[CharacterPlace]
    rivals: Sequence[Rival]
    needed: float | None
    probability: float
    readers: Sequence[tuple[str, str | None]]
    changes: Sequence[PlateSentence]

    @property
    def marked(self) -> Sequence[CharacterPlace]:
        """Where camera and photograph differ, or where a rival is near."""
        return [place for place in self.places if place.mark != "same"]

    @property
    def agree(self) -> bool | None:
        """Whether several readers read the same; None when that is not known."""
        texts = {text for _, text in self.readers}
        return None if None in texts or len(self.readers) <= 1 else len(texts) == 1


def explain_plates(findings: Iterable[Mapping[str, Any]], claimed: str | None) -> list[PlateExplained]:
    """The plate findings that carry their reasons; earlier ones and unreadable plates have none to show."""
    told = [finding for finding in findings if finding.get("check") == "plate_photo"]
    return [_explain(one, _canonical(claimed)) for one in told if (one.get("facts") or {}).get("reading")]


def percent(share: float, language: str) -> str:
    """As `shares.percent`; in English `98.7%`."""
    text = shares.percent(share)
    return text if language == "id" else text.replace(",", ".").replace(" %", "%")


def one_in(share: float, language: str) -> str:
    """How often a decision of this probability is wrong, as N of «one in N», to two figures."""
    often = round(1 / max(1e-6, 1 - share))
    size = max(0, len(str(often)) - 2)
    text = f"{round(often, -size):,}"
    return text.replace(",", ".") if language == "id" else text


FILTERS: tuple[tuple[str, Callable[..., Any]], ...] = (("percent", percent), ("one_in", one_in))


def _canonical(text: str | None) -> str | None:
    try:
        return parse_plate(text or "").text
    except PlateError:
        return None


def _spaced(text: str) -> str:
    """As printed, on one line of a sentence."""
    try:
        return parse_plate(text).spaced.replace(" ", "\u00a0")
    except PlateError:
        return text


def _explain(finding: Mapping[str, Any], claim: str | None) -> PlateExplained:
    facts = finding["facts"]
    outcome, reading = facts.get("outcome", "review"), facts["reading"]
    probability = float(facts.get("probability") or 0.0)
    others = [(str(text), float(share)) for text, share in facts.get("rivals") or ()]
    rival = others[0][0] if others and outcome == "review" else None
    return PlateExplained(
        finding=finding,
        camera=facts.get("camera", ""),
        kind=_KINDS.get(outcome, "doubt"),
        claim=claim,
        reading=reading,
        places=_places(claim, reading, rival),
        rivals=_rivals(claim, probability, others),
        needed=facts.get("needed"),
        probability=probability,
        readers=_readers(facts.get("readers")),
        changes=_changes(facts, outcome, claim),
    )


def _places(claim: str | None, reading: str, rival: str | None) -> list[CharacterPlace]:
    """Both texts in columns. Where they are the same, a rival of the same length says where the doubt lies."""
    pairs = _columns(claim, reading)
    near = rival if claim == reading and rival is not None and len(rival) == len(reading) else reading
    places = []
    for number, (claimed, read) in enumerate(pairs, 1):
        other = near[number - 1] if claim == reading and near[number - 1] != read else None
        same = claim is None or claimed == read
        mark = "unsure" if other else "same" if same else "differs"
        places.append(CharacterPlace(number, claimed, read, mark, other))
    return places


def _columns(claim: str | None, reading: str) -> list[tuple[str | None, str | None]]:
    """Character under character; None where one text has a character more."""
    if claim is None or len(claim) == len(reading):
        return list(zip(claim or [None] * len(reading), reading, strict=True))
    pairs: list[tuple[str | None, str | None]] = []
    for _, left, left_end, right, right_end in SequenceMatcher(None, claim, reading, autojunk=False).get_opcodes():
        above, below = claim[left:left_end], reading[right:right_end]
        pairs.extend(zip_longest(above, below))
    return pairs


def _rivals(claim: str | None, probability: float, others: Sequence[tuple[str, float]]) -> list[Rival]:
    """The claim and its rivals, likeliest first; last what is left for all other plates."""
    named = [Rival(text, share, claimed=False) for text, share in others]
    if claim is not None:
        named.append(Rival(claim, probability, claimed=True))
    named.sort(key=lambda one: -one.share)
    left = 1 - sum(one.share for one in named)
    return [*named, Rival(None, left, claimed=False)] if left >= _LEAST_SHOWN else named


def _readers(told: Any) -> list[tuple[str, str | None]]:
    """Who read (a text to translate) and what; None for the text where only the names were kept."""
    texts = told if isinstance(told, Mapping) else dict.fromkeys(told or ())
    return [(_READERS.get(name, name), text) for name, text in texts.items()]


def _changes(facts: Mapping[str, Any], outcome: str, claim: str | None) -> list[PlateSentence]:
    """What would change the decision; for one that stands firm, what little could."""
    about = {"claim": _spaced(claim or "")}
    if outcome != "review" or claim is None:
        firm = _FIRM["mismatch" if outcome == "mismatch" and claim else "review" if claim is None else "accept"]
        return [PlateSentence(firm, about)]
    if (own := _OWN_WORDS.get(str(facts.get("key")))) is not None:
        return [PlateSentence(own, about)]
    made = [sentence for one in facts.get("would_change") or () if (sentence := _change(one, about)) is not None]
    return made or [PlateSentence(_FIRM["review"], about)]


def _change(one: Mapping[str, Any], about: Mapping[str, str]) -> PlateSentence | None:
    told = one.get("tells") or []
    if one.get("by") == "photograph" and len(told) == 1:
        (mine, theirs) = told[0]
        words = N_("Foto yang jelas memperlihatkan %(mine)s atau %(theirs)s memutuskan antara %(claim)s dan %(rival)s.")
        return PlateSentence(words, {**about, "mine": mine, "theirs": theirs, "rival": _spaced(one.get("rival", ""))})
    if one.get("by") == "photograph" and one.get("rival"):
        words = N_("Foto yang lebih jelas memutuskan antara %(claim)s dan %(rival)s.")
        return PlateSentence(words, {**about, "rival": _spaced(one["rival"])})
    if one.get("by") == "register" and one.get("absent"):
        words = N_("Bila register menyatakan %(rival)s tidak pernah ada, %(claim)s dapat diterima.")
        return PlateSentence(words, {**about, "rival": _spaced(one["absent"])})
    return None
