"""What the Hikvision doors found odd, in words. Verdict `ok`: noted and no reason to doubt the offence."""

from collections.abc import Sequence

from cakra.core.errors import InputError
from cakra.core.states.case import Finding

_MENDED = {
    "encoding": ("pengodean tidak dikenal", "unknown encoding"),
    "bytes": ("bita keliru diganti", "wrong bytes replaced"),
    "characters": ("karakter terlarang diganti", "forbidden characters replaced"),
    "ampersand": ("tanda & telanjang", "bare &"),
    "angle": ("tanda < telanjang", "bare <"),
    "prefix": ("awalan tidak dinyatakan", "undeclared prefix"),
    "trailing": ("sisa di belakang catatan", "something behind the record"),
    "several": ("beberapa catatan dalam satu berkas", "several records in one file"),
}


def record_mended(keys: Sequence[str]) -> Finding:
    """The record was no sound XML; it was read all the same, and its bytes are kept."""
    indonesian, english = zip(*(_MENDED[key] for key in dict.fromkeys(keys)), strict=True)
    return Finding(
        "record_mended",
        "ok",
        f"Catatan kamera diperbaiki agar terbaca ({', '.join(indonesian)}); aslinya disimpan.",
        f"The camera's record was mended to be read ({', '.join(english)}); it is kept as it came.",
        {"mended": list(dict.fromkeys(keys))},
    )


def picture_aside(name: str, fault: InputError, *, doubtful: bool) -> Finding:
    """A part that is no photograph was left aside. `doubtful`: it should have been the scene or the plate."""
    return Finding(
        "picture_aside",
        "doubt" if doubtful else "ok",
        f"Satu gambar kiriman kamera tidak dapat dipakai dan dikesampingkan ({name[:80]}).",
        f"One picture that the camera sent cannot be used and was left aside ({name[:80]}).",
        {"part": name[:80], "code": fault.code},
    )


def faces_aside(names: Sequence[str]) -> Finding:
    """Pictures of faces were left aside: they are no evidence of the vehicle, and nobody is shown them."""
    return Finding(
        "picture_face",
        "ok",
        "Gambar wajah dari kamera tidak disimpan.",
        "Pictures of faces that the camera sent are not kept.",
        {"parts": [name[:80] for name in names[:8]]},
    )


def pictures_over(names: Sequence[str], most: int) -> Finding:
    """More pictures than are kept came; the least telling were left aside."""
    return Finding(
        "picture_over",
        "ok",
        f"Kamera mengirim lebih dari {most} gambar; selebihnya dikesampingkan.",
        f"The camera sent more than {most} pictures; the rest was left aside.",
        {"parts": [name[:80] for name in names[:8]]},
    )


def pictures_shared(records: int) -> Finding:
    """Several records came with pictures that do not tell whose they are."""
    return Finding(
        "picture_shared",
        "doubt",
        "Beberapa catatan datang bersama; gambar ini mungkin milik catatan lain.",
        "Several records came together; this picture may belong to another of them.",
        {"records": records},
    )


def picture_by_list(names: Sequence[str]) -> Finding:
    """Pictures were found by the general names of the record's list, which another record may have meant."""
    return Finding(
        "picture_by_list",
        "doubt",
        "Gambar ditemukan melalui nama umum yang juga dipakai catatan lain; pastikan gambar ini milik lintasan ini.",
        "The pictures were found by general names that other records use too; make sure that they are of this passage.",
        {"files": [name[:80] for name in names[:8]]},
    )


def plate_from_name(plate: str) -> Finding:
    """The record had no plate, its file's name has one."""
    return Finding(
        "plate_from_name",
        "doubt",
        "Catatan kamera tidak berisi pelat; dipakai pelat pada nama berkasnya.",
        "The camera's record holds no plate; the one in its file's name is used.",
        {"plate": plate},
    )


def plate_differs(said: str, named: str) -> Finding:
    """Record and file name claim different plates."""
    return Finding(
        "plate_name_differs",
        "doubt",
        "Pelat dalam catatan kamera berbeda dengan pelat pada nama berkasnya.",
        "The plate in the camera's record differs from the one in its file's name.",
        {"record": said, "name": named},
    )


def state_inactive() -> Finding:
    """The camera sent an event and called it ended."""
    return Finding(
        "event_ended",
        "doubt",
        "Kamera menandai kejadian ini sudah berakhir (eventState inactive).",
        "The camera marked this event as ended (eventState inactive).",
    )


def late_by_camera() -> Finding:
    """The camera says that it sends an old record once more."""
    return Finding(
        "retransmission",
        "ok",
        "Kamera menyatakan catatan ini dikirim ulang.",
        "The camera says that it sends this record once more.",
    )
