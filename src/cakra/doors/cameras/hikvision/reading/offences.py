"""Which of our offences a Hikvision record names: by code, by name, by what the camera sees of people. Pure.

A camera's offence map says it: vendor code or name → ours, `helmet` or `helmet=no` → ours, `passage` → ours.
"""

from collections.abc import Iterator, Mapping

from cakra.core.errors import InputError
from cakra.core.states.case import Finding
from cakra.doors.cameras.hikvision.reading.record import ATTRIBUTES, HikvisionRecord

PASSAGE = "passage"
"""The key of a camera's offence map for records without an offence: every passage is one (odd-even)."""
# The codes under which cameras in Indonesia tell the same as by an attribute.
_CODES = {
    "helmet": ("151002", "1000"),
    "pilotsafebelt": ("1240",),
    "vicepilotsafebelt": ("1241", "3019", "1240"),
    "uphone": ("1223",),
}


def offences_of(record: HikvisionRecord, offence_map: Mapping[str, str]) -> tuple[list[str], list[Finding]]:
    """Our codes, the camera's own offence first, and what is doubtful about them. InputError where there is none."""
    known = {key.strip().casefold(): code for key, code in offence_map.items()}
    keys = [key for key in (record.illegal_code, record.illegal_name) if key]
    said = next((known[key.casefold()] for key in keys if key.casefold() in known), None)
    found = [said] if said else []
    notes: list[Finding] = []
    for further in record.illegal_more:
        told = [key for key in further if key]
        code = next((known[key.casefold()] for key in told if key.casefold() in known), None)
        notes += [] if code else [_unmapped_note(told)]
        found += [code] if code and code not in found else []
    for name, code, certain in _seen(record, known):
        if code not in found:
            found.append(code)
            notes += [] if certain else [_by_attribute(name, record.attributes[name])]
    if keys and said is None and found:
        notes.append(_unmapped_note(keys))
    if not keys and PASSAGE in known and known[PASSAGE] not in found:
        found.append(known[PASSAGE])
    if not found:
        raise _none(keys, record)
    return found, notes


def _seen(record: HikvisionRecord, known: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Attributes at fault that the map knows: name, our code, and whether the map names the attribute itself."""
    for name, at_fault in ATTRIBUTES.items():
        if record.attributes.get(name) != at_fault:
            continue
        own = known.get(f"{name}={at_fault}") or known.get(name)
        by_code = next((known[code] for code in _CODES.get(name, ()) if code in known), None)
        if own or by_code:
            yield name, own or by_code or "", own is not None


def _by_attribute(name: str, said: str) -> Finding:
    return Finding(
        "offence_by_attribute",
        "doubt",
        f"Kamera tidak menyebut kode pelanggaran, tetapi melihat {name}={said}; peta kamera hanya mengenal kodenya.",
        f"The camera gave no offence code but saw {name}={said}; the camera's map knows only the code.",
        {"attribute": name, "said": said},
    )


def _unmapped_note(keys: list[str]) -> Finding:
    return Finding(
        "offence_unmapped",
        "doubt",
        "Kamera juga menyebut pelanggaran yang tidak ada di peta kamera itu.",
        "The camera also named an offence that its map does not know.",
        {"told": " / ".join(keys)},
    )


def _none(keys: list[str], record: HikvisionRecord) -> InputError:
    if keys:
        return InputError(
            f"The offence {' / '.join(keys)} is not mapped for this camera: add it to the camera's offence map.",
            code="offence_unmapped",
        )
    seen = [f"{name}={said}" for name, said in record.attributes.items() if said == ATTRIBUTES[name]]
    if seen:
        return InputError(
            f"The record gives no offence code; what the camera saw ({', '.join(seen)}) is not in the camera's "
            f"offence map: add “{seen[0].partition('=')[0]}” to it if that is an offence there.",
            code="offence_unmapped",
        )
    return InputError(
        "The record names no offence, and this camera reports no passages: "
        f"map “{PASSAGE}” in the camera's offence map if every passage is one.",
        code="no_offence",
    )
