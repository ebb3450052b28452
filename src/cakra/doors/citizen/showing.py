"""Words for what the machine calls by key: channels, timeline, and where a case stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from cakra.core.paper import paper_date, paper_time
from cakra.core.states.journey import State
from cakra.doors.words import N_
from cakra.journey.payment import group_code
from cakra.kit.ids import show_reference
from cakra.store.db import Row

CHANNELS: Mapping[str, str] = {
    "whatsapp": "WhatsApp",
    "email": N_("Surel"),
    "sms": "SMS",
    "letter": N_("Surat pos"),
}
_PROOFS: Mapping[str, str] = {
    "sent": N_("terkirim"),
    "delivered": N_("sudah sampai"),
    "read": N_("sudah dibuka"),
    "failed": N_("tidak sampai"),
    "returned": N_("kembali dari pos"),
}
_ON_A_PHONE = {**_PROOFS, "delivered": N_("sampai di ponsel")}
# What a proof means depends on the way: a mail server's word is not a phone's, and the post's is neither.
PROOFS: Mapping[str, Mapping[str, str]] = {
    "whatsapp": _ON_A_PHONE,
    "sms": _ON_A_PHONE,
    "email": {**_PROOFS, "delivered": N_("diterima server surel Anda")},
    "letter": {**_PROOFS, "delivered": N_("sudah diserahkan ke pos")},
}
PURPOSES: Mapping[str, str] = {
    "confirmation": N_("permintaan konfirmasi"),
    "reminder": N_("pengingat"),
    "code": N_("jawaban diterima"),
    "decision": N_("keputusan petugas"),
    "withdrawal": N_("pencabutan"),
    "verdict": N_("putusan"),
    "refund": N_("sisa titipan"),
    "reference": N_("nomor referensi baru"),
}
# What of the case's story concerns its owner; everything else stays inside.
TIMELINE: Mapping[str, str] = {
    "received": N_("Kamera mengirim rekaman ke kantor kami"),
    "notice_queued": N_("Pemberitahuan disiapkan untuk Anda"),
    "delivery_proved": N_("Pemberitahuan sampai kepada Anda"),
    "reminder_due": N_("Belum ada jawaban; kami mengingatkan Anda"),
    "notice_read": N_("Pemberitahuan dibuka"),
    "channel_left": N_("Pemberitahuan dicoba lewat saluran lain"),
    "channel_failed": N_("Pemberitahuan tidak sampai"),
    "letter_returned": N_("Surat kembali kepada kami"),
    "no_proof_of_delivery": N_("Tidak ada bukti pemberitahuan sampai"),
    "owner_came_to_portal": N_("Anda membuka pemberitahuan di situs ini"),
    "owner_answered": N_("Jawaban Anda kami terima"),
    "charged": N_("Kode titipan diterbitkan"),
    "code_shown": N_("Kode titipan ditampilkan kepada Anda"),
    "needs_certified_officer": N_("Diteruskan ke petugas untuk menerbitkan kode titipan"),
    "answer_needs_officer": N_("Jawaban diteruskan ke petugas"),
    "turn_returned": N_("Kami bertanya lagi kepada Anda, dengan batas waktu baru"),
    "reference_replaced": N_("Nomor referensi Anda diganti"),
    "confirmation_lapsed": N_("Batas waktu menjawab terlewati"),
    "payment_lapsed": N_("Batas waktu membayar terlewati"),
}
ENTERED: Mapping[str, str] = {
    State.DISPUTED: N_("Sanggahan diterima"),
    State.BLOCKED: N_("Pemblokiran sementara STNK diajukan"),
    State.PAID: N_("Titipan diterima bank"),
    State.DECIDED: N_("Pengadilan memutus"),
    State.REFUND_DUE: N_("Sisa titipan dapat diambil"),
    State.REFUNDED: N_("Sisa titipan dikembalikan"),
    State.WITHDRAWN: N_("Pemberitahuan dibatalkan"),
    State.CLOSED: N_("Perkara selesai"),
}


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """Where a case stands, in one line and one sentence; `tone` colours it: wait | ok | bad."""

    tone: str
    heading: str
    words: str


_BY_STATE: Mapping[State, CaseStanding] = {
    State.CHARGED: CaseStanding(
        "wait", N_("Kode titipan Anda sudah terbit"), N_("Bayar titipan sebelum batas waktunya, lalu tunggu sidang.")
    ),
    State.LAPSED: CaseStanding(
        "bad", N_("Batas waktu sudah lewat"), N_("STNK dapat diblokir sementara. Begitu Anda membayar, blokir dibuka.")
    ),
    State.BLOCKED: CaseStanding(
        "bad", N_("STNK diajukan untuk diblokir"), N_("Blokir dibuka segera setelah titipan diterima bank.")
    ),
    State.DISPUTED: CaseStanding(
        "wait", N_("Sanggahan Anda sedang diperiksa"), N_("Selama diperiksa, batas waktu tidak berjalan.")
    ),
    State.PAID: CaseStanding(
        "ok", N_("Titipan sudah kami terima"), N_("Pengadilan menentukan dendanya. Sisa titipan menjadi hak Anda.")
    ),
    State.DECIDED: CaseStanding("ok", N_("Pengadilan sudah memutus"), N_("Hasil putusan sedang dicatat.")),
    State.REFUND_DUE: CaseStanding(
        "ok", N_("Ada sisa titipan untuk Anda"), N_("Ambil sisa titipan dalam satu tahun sejak putusan.")
    ),
    State.WITHDRAWN: CaseStanding(
        "ok", N_("Pemberitahuan ini dibatalkan"), N_("Tidak ada yang perlu Anda bayar atau jawab. Kami mohon maaf.")
    ),
}
_FINISHED = CaseStanding("ok", N_("Perkara ini selesai"), N_("Tidak ada lagi yang perlu Anda lakukan."))
_WAITING = CaseStanding(
    "wait", N_("Jawaban Anda sudah kami terima"), N_("Petugas memeriksanya. Saat ini tidak ada yang perlu Anda bayar.")
)
_ADMITTED = CaseStanding(
    "wait",
    N_("Jawaban Anda sudah kami terima"),
    N_("Petugas akan menerbitkan kode titipan Anda. Tidak ada yang perlu dibayar sampai kode itu muncul di sini."),
)
_ANOTHER = CaseStanding(
    "wait",
    N_("Perkara ini dilanjutkan dengan orang yang Anda sebut"),
    N_("Saat ini tidak ada yang perlu Anda lakukan. Bila orang itu tidak menjawab, kami bertanya lagi kepada Anda."),
)
_ASKED = CaseStanding(
    "wait",
    N_("Kami menunggu Anda"),
    N_("Untuk menjawab, datanglah ke Posko Gakkum dengan KTP dan nomor referensi. Belum ada yang perlu dibayar."),
)
_RELEASED = CaseStanding(
    "ok",
    N_("Saat ini tidak ada yang perlu Anda lakukan"),
    N_("Bila ada yang perlu Anda jawab, kami mengirim pesan lagi."),
)
_WAITS_FOR_NAMED = frozenset({State.IDENTIFIED, State.NOTIFYING, State.NOTIFIED, State.UNDELIVERABLE})
_FINISHED_STATES = frozenset({State.CLOSED, State.REFUNDED, State.FORFEITED})
# Told to each party, whoever's turn it is.
_OF_EVERYBODY = frozenset({"received", "officer_withdrew"})


def standing(state: State, *, admitted: bool, on_turn: bool = True) -> CaseStanding:
    """Where a case stands that its owner cannot (or no longer) answer. `on_turn`: nobody else is asked meanwhile."""
    if state in _FINISHED_STATES:
        return _FINISHED
    if not on_turn and state is not State.WITHDRAWN:
        return _ANOTHER
    return _BY_STATE.get(state) or (_ADMITTED if admitted else _WAITING)


def standing_of_named(state: State, *, on_turn: bool) -> CaseStanding:
    """Where a case stands for somebody whom an answer named."""
    if state is State.WITHDRAWN:
        return _BY_STATE[State.WITHDRAWN]
    return _ASKED if on_turn and state in _WAITS_FOR_NAMED else _RELEASED


def story(rows: Iterable[Row], party_id: int, *, first: bool) -> list[tuple[datetime, str]]:
    """The timeline for one party, newest first: (when, words).

    `rows`: at, told, to_state and party, oldest first. An event that names a party begins its turn, and before the
    first of them it is the case's first party's (`first`). What happens in another's turn is not told.
    """
    told: list[tuple[datetime, str]] = []
    on_turn = first
    for row in rows:
        if row["party"] is not None:
            on_turn = row["party"] == party_id
        words = ENTERED.get(row["to_state"] or "") or TIMELINE.get(row["told"])
        if words and (on_turn or row["told"] in _OF_EVERYBODY or row["to_state"] in _FINISHED_STATES):
            told.append((row["at"], words))
    return told[::-1]


@pass_context
def _paper(context: Context, instant: datetime) -> str:
    return paper_time(instant, context["zone"], context["language"])


@pass_context
def _day(context: Context, day: str) -> str:
    return paper_date(date.fromisoformat(day), context["language"])


@pass_context
def _label(context: Context, offence: Any) -> str:
    label: str = offence.label_id if context["language"] == "id" else offence.label_en
    return label


FILTERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("paper", _paper),
    ("day", _day),
    ("label", _label),
    ("reference", show_reference),
    ("grouped", group_code),
)
