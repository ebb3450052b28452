"""A notice as an SMS: one segment, no link, no host to type that a phone would turn into one. Pure.

Whoever gets it opens the official site by himself; the text names it in words only, since phones link a bare
host too. It tells that there is something and how to check it, never what to pay or what was decided.
"""

from collections.abc import Iterator, Mapping

from cakra.core.delivery.short_text import ONE_SEGMENT, gsm_plain, wording_faults

BRAND = "ETLE"
_TOLD = {
    "id": (
        "{plat} terekam kamera ETLE {waktu}{lokasi}",
        "ada pemberitahuan ETLE baru untuk {plat}",
        "ada pemberitahuan ETLE untuk Anda",
    ),
    "en": (
        "{plat} was recorded by an ETLE camera {waktu}{lokasi}",
        "there is a new ETLE notice for {plat}",
        "there is an ETLE notice for you",
    ),
}
# The longest that fits is taken.
_CLOSINGS = {
    "id": (
        "Buka sendiri situs resmi ETLE, ketik Ref. Tanpa tautan, tanpa APK.",
        "Buka sendiri situs resmi ETLE, ketik Ref.",
        "Cek di situs resmi ETLE.",
    ),
    "en": (
        "Open the official ETLE site yourself, type Ref. No link, no app.",
        "Open the official ETLE site yourself, type Ref.",
        "Check on the official ETLE site.",
    ),
}
_LONGEST_PLATE, _LONGEST_REFERENCE = 16, 24


def sms_text(purpose: str, language: str, values: Mapping[str, str], *, stamped: bool = False) -> str:
    """The text of a notice, by the values of its template (instansi, plat, ref; of a confirmation waktu, lokasi too).

    What is least needed gives way until it fits: the last sentences, the place, at the very end the agency's name.
    """
    said = {name: gsm_plain(value) for name, value in values.items()}
    stamp = "CONTOH. " if stamped else ""
    return next(text for text in _candidates(purpose, language, said, stamp) if len(text) <= ONE_SEGMENT)


def lint_sms(language: str, brand: str = BRAND) -> list[str]:
    """What is wrong with the wording itself, whatever values it is given; empty when it may be used."""
    values = dict.fromkeys(("instansi", "plat", "ref", "waktu", "lokasi"), "X")
    named = {name: value for name, value in values.items() if name != "plat"}
    return [
        fault
        for purpose, said in (("confirmation", values), ("reminder", values), ("confirmation", named))
        for text in _candidates(purpose, language, said, "CONTOH. ")
        for fault in wording_faults(text, brand)
    ]


def _candidates(purpose: str, language: str, said: dict[str, str], stamp: str) -> Iterator[str]:
    confirmation, later, named = _TOLD[language]
    if "plat" not in said:  # to somebody whom an answer named
        confirmation = later = named
        said = said | {"plat": ""}
    told, other = (confirmation if purpose == "confirmation" else later), later
    for place in dict.fromkeys((f", {said['lokasi']}" if said.get("lokasi") else "", "")):
        for closing in _CLOSINGS[language]:
            yield _put(stamp, told, said | {"lokasi": place}, closing)
    bare = said | {"instansi": "", "plat": said["plat"][:_LONGEST_PLATE], "ref": said["ref"][:_LONGEST_REFERENCE]}
    room = ONE_SEGMENT - len(_put(stamp, other, bare, closing))
    yield _put(stamp, other, bare | {"instansi": said["instansi"][:room].rstrip()}, closing)


def _put(stamp: str, told: str, said: Mapping[str, str], closing: str) -> str:
    return f"{stamp}{said['instansi']}: {told.format_map(said)}. Ref {said['ref']}. {closing}"
