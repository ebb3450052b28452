"""Why a notice stands where it stands: a sentence for every state, with its cause. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from cakra.journey.timeline.sentences import CHANNELS, Sentence, word

STATES = (
    "planned",
    "queued",
    "sending",
    "held",
    "accepted",
    "delivered",
    "read",
    "unknown",
    "failed",
    "unsettled",
    "cancelled",
)
"""Every state that a notice is ever written with."""

_WHERE_IT_WAITS: Mapping[str, Sentence] = {
    "planned": Sentence(
        "Masih menunggu: pemberitahuan belum disusun.", "Waiting still: the notice has not been worded yet."
    ),
    "sending": Sentence(
        "Sedang diserahkan kepada penyedia {channel}.", "Being handed over to the provider of {channel}."
    ),
    "cancelled": Sentence(
        "Selesai: dibatalkan sebelum terkirim, karena keadaan berkas berubah dan isinya tidak diperlukan lagi.",
        "Ended: cancelled before it left, because the case moved on and what it says is not needed any more.",
    ),
}


def explain_end(row: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> Sentence:
    """Where a notice stands and why. `row`: its state, step and channel; `attempts`: oldest first."""
    state, channel = row["state"], word(CHANNELS, row["channel"] or "–")
    last = attempts[-1] if attempts else None
    match state:
        case "delivered" | "read":
            told = _arrived(state, attempts, channel)
        case "failed":
            told = _failed(last)
        case "unsettled":
            told = Sentence(
                "Berhenti: penyedia {channel} tidak pernah menjawab dan tidak ada jalan lain; petugas menetapkan.",
                "Stopped: the provider of {channel} never answered and there is no other way; an officer settles it.",
            )
        case "accepted" | "held" | "unknown" | "queued":
            told = _under_way(state, row["step"], last)
        case _:
            told = _WHERE_IT_WAITS.get(state) or Sentence(f"Keadaan: {state}.", f"State: {state}.")
    return told.filled({"channel": channel.id}, {"channel": channel.en})


def _arrived(state: str, attempts: Sequence[Mapping[str, Any]], channel: Sentence) -> Sentence:
    proved = [one for one in attempts if one["proof"] in {"delivered", "read"}]
    by = word(CHANNELS, proved[-1]["channel"]) if proved else channel
    if state == "read":
        return Sentence(f"Selesai: dibaca; bukti dari {by.id}.", f"Ended: read; proved by {by.en}.")
    return Sentence(f"Selesai: sampai; bukti dari {by.id}.", f"Ended: delivered; proved by {by.en}.")


def _failed(last: Mapping[str, Any] | None) -> Sentence:
    if last is None:
        return Sentence(
            "Berhenti: tidak ada saluran yang dapat dipakai; petugas yang berikutnya.",
            "Stopped: no channel could be used; an officer is next.",
        )
    cause = ": ".join(part for part in (last["code"], last["detail"]) if part)
    shown = f" ({cause})".replace("{", "{{").replace("}", "}}") if cause else ""
    if last["proof"] == "returned":
        return Sentence(
            f"Berhenti: surat kembali dari pos{shown} dan tidak ada jalan lain; petugas yang berikutnya.",
            f"Stopped: the letter came back by post{shown} and there is no other way; an officer is next.",
        )
    return Sentence(
        f"Berhenti: {{channel}} gagal{shown} dan tidak ada jalan lain; petugas yang berikutnya.",
        f"Stopped: {{channel}} failed{shown} and there is no other way; an officer is next.",
    )


def _under_way(state: str, step: str | None, last: Mapping[str, Any] | None) -> Sentence:
    if state == "queued":
        tried = last is not None and last["action"] == "retry"
        return Sentence(
            "Masih menunggu gilirannya di {channel}" + (" setelah penolakan sementara." if tried else "."),
            "Waiting still for its turn on {channel}" + (" after a passing refusal." if tried else "."),
        )
    if step is None and state == "accepted":
        return Sentence(
            "Berhenti: {channel} menerima pesan, tetapi tidak ada bukti sampai pada waktunya; petugas yang berikutnya.",
            "Stopped: {channel} took the message, but no proof of delivery came in time; an officer is next.",
        )
    if state == "held":
        return Sentence(
            "Masih menunggu: {channel} memegang pesan dan belum mengirimnya.",
            "Waiting still: {channel} keeps the message and has not sent it yet.",
        )
    if state == "unknown":
        return Sentence(
            "Masih menunggu: {channel} tidak menjawab; hanya tanda terima yang dapat memastikan; lalu jalan lain.",
            "Waiting still: {channel} did not answer; only a receipt can tell, and then the next way is taken.",
        )
    return Sentence("Masih menunggu bukti sampai dari {channel}.", "Waiting still for proof of delivery by {channel}.")
