"""What stable keys say to an officer: states, timeline, findings, reasons. Indonesian here, English in `en.po`.

An unknown key is shown as it is, so that a new one is seen rather than lost.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from cakra.core.identifiers.plate import PlateError, parse_plate
from cakra.core.paper import paper_time, zone_of
from cakra.doors.words import N_
from cakra.journey.timeline.rules import explain_event
from cakra.kit.ids import show_reference

STATES: Mapping[str, str] = {
    "received": N_("Diterima"),
    "review": N_("Menunggu tinjauan"),
    "validated": N_("Bukti sah"),
    "unidentified": N_("Pemilik tidak ditemukan"),
    "identified": N_("Pemilik diketahui"),
    "notifying": N_("Sedang dikirim"),
    "notified": N_("Sudah sampai"),
    "undeliverable": N_("Tidak terkirim"),
    "answered": N_("Sudah dijawab"),
    "disputed": N_("Disanggah"),
    "charged": N_("Tilang terbit"),
    "lapsed": N_("Lewat tenggat"),
    "blocked": N_("Blokir STNK diminta"),
    "paid": N_("Titipan dibayar"),
    "decided": N_("Sudah diputus"),
    "refund_due": N_("Sisa titipan menunggu"),
    "rejected": N_("Ditolak"),
    "diverted": N_("Dialihkan"),
    "withdrawn": N_("Dicabut"),
    "closed": N_("Selesai"),
    "refunded": N_("Sisa dikembalikan"),
    "forfeited": N_("Sisa masuk kas negara"),
}
MOVERS: Mapping[str, str] = {
    "machine": N_("Giliran sistem"),
    "officer": N_("Giliran petugas"),
    "owner": N_("Giliran pemilik"),
    "court": N_("Giliran pengadilan"),
    "treasury": N_("Giliran kas negara"),
    "nobody": N_("Berkas selesai"),
}
CHECKS: Mapping[str, str] = {
    "plate_grammar": N_("Susunan pelat"),
    "plate_kind": N_("Jenis pelat"),
    "plate_photo": N_("Pelat pada foto"),
    "camera": N_("Kelayakan kamera"),
    "camera_watch": N_("Pengawasan kamera"),
    "audit": N_("Sampel audit"),
    "vehicle_class": N_("Jenis kendaraan"),
    "offence_rule": N_("Aturan pelanggaran"),
    "exemption": N_("Pengecualian"),
    "duplicate": N_("Berkas ganda"),
    "shared_photograph": N_("Foto yang sama"),
    "plate_box": N_("Kotak pelat dari kamera"),
    "law_in_force": N_("Ketentuan pada hari itu"),
    "event_old": N_("Umur catatan"),
    "check_failed": N_("Pemeriksaan yang gagal"),
    "clock_suspect": N_("Jam kamera"),
    "clock_future": N_("Jam kamera"),
    "clock_impossible": N_("Jam kamera"),
    "zone_suspect": N_("Zona waktu kamera"),
    "time_from_picture": N_("Waktu pada foto"),
    "picture_empty": N_("Foto kosong"),
    "multipart_unclosed": N_("Kiriman kamera tidak utuh"),
    "box_outside": N_("Letak pelat pada foto"),
}
VERDICTS: Mapping[str, str] = {
    "ok": N_("Sesuai"),
    "doubt": N_("Ragu"),
    "caution": N_("Hati-hati"),
    "fail": N_("Tidak sesuai"),
    "divert": N_("Alihkan"),
}
DECISIONS: Mapping[str, tuple[str, str]] = {
    "accept": (N_("Terima"), N_("Bukti mendukung pelanggaran dan pelat; cari pemiliknya.")),
    "reject": (N_("Tolak"), N_("Bukti tidak cukup; belum ada yang dihubungi.")),
    "withdraw": (N_("Cabut"), N_("Berkas ditarik kembali dengan permintaan maaf.")),
    "divert": (N_("Alihkan"), N_("Kendaraan TNI, Polri, atau diplomatik.")),
    "return": (N_("Kembalikan ke tinjauan"), N_("Periksa lagi pelat dan bukti dari awal.")),
    "confirm_sent": (N_("Pesan terkirim"), N_("Penyedia menerimanya; tunggu bukti sampai sekali lagi.")),
    "queue_again": (N_("Pesan tidak terkirim"), N_("Kirim sekali lagi sebagai percobaan baru.")),
    "name": (
        N_("Hubungi yang disebut"),
        N_("Orang yang disebut dalam jawaban ditanya, dengan nomor referensi sendiri."),
    ),
    "charge": (N_("Terbitkan kode titipan"), N_("Pemilik mengaku; tilang terbit atas nama Anda sendiri.")),
}
# What accepting does to a case whose owner was written to before.
ASKED_AGAIN = N_("Bukti mendukung pelanggaran dan pelat; pemilik terdaftar ditanya sekali lagi.")
REASONS: Mapping[str, str] = {
    "evidence_clear": N_("Foto jelas mendukung pelanggaran dan pelat"),
    "plate_corrected": N_("Pelat terbaca jelas setelah dibetulkan"),
    "rule_confirmed": N_("Aturan yang diragukan sudah diperiksa dan terpenuhi"),
    "owner_search": N_("Cari pemilik sekali lagi di register"),
    "plate_unreadable": N_("Pelat tidak terbaca"),
    "not_an_offence": N_("Bukan pelanggaran"),
    "vehicle_exempt": N_("Kendaraan dikecualikan"),
    "photo_unusable": N_("Foto tidak dapat dipakai"),
    "suspected_false_plate": N_("Dugaan pelat palsu"),
    "owner_unknown": N_("Pemilik tidak dapat diketahui"),
    "duplicate": N_("Sudah ada berkas lain"),
    "wrong_owner": N_("Pemilik keliru"),
    "unreachable": N_("Pemilik tidak dapat dihubungi"),
    "military": N_("Kendaraan TNI"),
    "police": N_("Kendaraan Polri"),
    "diplomatic": N_("Kendaraan diplomatik"),
    "check_plate": N_("Pelat perlu diperiksa lagi"),
    "check_owner": N_("Pemilik perlu diperiksa lagi"),
    "provider_confirms": N_("Penyedia memastikan pesan diterima"),
    "wait_longer": N_("Beri waktu lagi untuk bukti sampai"),
    "provider_denies": N_("Penyedia memastikan pesan tidak diterima"),
    "fault_mended": N_("Penyebab penolakan sudah diperbaiki"),
    "admission_holds": N_("Pengakuan pemilik sesuai dengan bukti"),
    "answer_plausible": N_("Jawaban masuk akal"),
    "documents_seen": N_("Dokumen pendukung sudah diperiksa"),
    "other": N_("Alasan lain (tuliskan)"),
}
FAULTS: Mapping[str, str] = {
    "changed": N_("Berkas ini berubah sejak Anda membukanya. Tidak ada yang dicatat. Periksa lagi, lalu putuskan."),
    "assigned": N_("Petugas lain sedang meninjau berkas ini. Tidak ada yang dicatat. Ambil berkas berikutnya."),
    "not_open": N_("Keputusan ini tidak terbuka untuk keadaan berkas sekarang. Tidak ada yang dicatat."),
    "reason_missing": N_("Pilih alasan keputusan."),
    "note_missing": N_("Tuliskan alasan Anda."),
    "note_too_long": N_("Catatan terlalu panjang; paling banyak 500 huruf."),
    "note_personal": N_("Catatan memuat nomor telepon atau nomor identitas. Hapus nomor itu."),
    "plate_invalid": N_("Ini bukan pelat nomor. Tulis seperti pada foto, misalnya B 1234 XYZ."),
    "kind_invalid": N_("Pilih jenis kendaraan dari daftar."),
    "notice_changed": N_("Bukti pengiriman baru saja datang dan menjawab pertanyaan ini. Tidak ada yang dicatat."),
    "law_missing": N_("Tidak ada ketentuan yang tercatat untuk pelanggaran ini pada hari itu. Tolak berkas ini."),
    "admission_missing": N_("Jawaban terakhir pemilik bukan pengakuan. Tidak ada yang dicatat."),
    "nobody_named": N_("Jawaban terakhir tidak menyebut siapa pun. Tidak ada yang dicatat."),
    "named_without_phone": N_(
        "Jawaban tidak memuat nomor ponsel orang yang disebut. Mintalah nomor itu kepada pemilik."
    ),
    "named_same_phone": N_("Nomor ponsel orang yang disebut adalah nomor pemilik sendiri. Tidak ada yang dicatat."),
    "not_certified": N_("Hanya penyidik atau penyidik pembantu yang menerbitkan kode. Tidak ada yang dicatat."),
    "decision_missing": N_("Pilih keputusan."),
}
ROLES: Mapping[str, str] = {
    "reviewer": N_("Peninjau"),
    "supervisor": N_("Pengawas"),
    "auditor": N_("Pemeriksa"),
    "commander": N_("Komandan"),
    "administrator": N_("Pengelola"),
    "counter": N_("Petugas Posko"),
    "treasurer": N_("Bendahara"),
    "court_liaison": N_("Penghubung pengadilan"),
    "data_protection_officer": N_("Pejabat pelindungan data"),
    "operator": N_("Operator"),
}
KINDS: Mapping[str, str] = {
    "car": N_("Mobil penumpang"),
    "motorcycle": N_("Sepeda motor"),
    "bus": N_("Bus"),
    "truck": N_("Mobil barang"),
    "special": N_("Kendaraan khusus"),
    "unknown": N_("Tidak diketahui"),
}
COLOURS: Mapping[str, str] = {
    "white": N_("putih"),
    "black": N_("hitam"),
    "yellow": N_("kuning"),
    "red": N_("merah"),
    "green": N_("hijau"),
    "unknown": N_("tidak diketahui"),
}
NOTICES: Mapping[str, str] = {
    "planned": N_("Menunggu disusun"),
    "queued": N_("Menunggu dikirim"),
    "sending": N_("Sedang dikirim"),
    "held": N_("Ditahan penyedia"),
    "accepted": N_("Diterima penyedia"),
    "delivered": N_("Sampai"),
    "read": N_("Dibaca"),
    "unknown": N_("Belum diketahui"),
    "failed": N_("Gagal"),
    "unsettled": N_("Tidak diketahui"),
    "cancelled": N_("Dibatalkan"),
    "intended": N_("Siap dikirim"),
    "refused": N_("Ditolak penyedia"),
    "returned": N_("Kembali dari pos"),
    "sent": N_("Terkirim"),
    "silence": N_("Tidak ada bukti sampai pada waktunya"),
    "tries": N_("Penyedia terus menunda"),
    "ours": N_("Permintaan kami keliru"),
    "paused": N_("Saluran dijeda"),
    "budget": N_("Anggaran saluran habis"),
    "recalled": N_("Ditarik kembali"),
    "template": N_("Naskah dihentikan penyedia"),
    "doubtful": N_("Nomor ini ternyata bukan milik pemilik"),
    "opted_out": N_("Penerima meminta berhenti di saluran ini"),
    "confirmation": N_("Konfirmasi"),
    "reminder": N_("Pengingat"),
    "decision": N_("Keputusan"),
    "withdrawal": N_("Pencabutan"),
    "code": N_("Jawaban diterima"),
    "verdict": N_("Putusan"),
    "refund": N_("Pengembalian"),
}
ANSWERS: Mapping[str, str] = {
    "drove": N_("Saya yang mengemudi"),
    "other_drove": N_("Orang lain yang mengemudi"),
    "sold": N_("Kendaraan sudah dijual"),
    "never_mine": N_("Bukan kendaraan saya"),
}
POLICIES: Mapping[str, str] = {
    "auto": N_("kebijakan: otomatis"),
    "hybrid": N_("kebijakan: campuran"),
    "human": N_("kebijakan: petugas"),
}
CHANNELS: Mapping[str, str] = {"whatsapp": "WhatsApp", "email": N_("Surel"), "sms": "SMS", "letter": N_("Surat")}
DEPOSITS: Mapping[str, str] = {
    "issued": N_("Belum dibayar"),
    "paid": N_("Sudah dibayar"),
    "expired": N_("Kedaluwarsa"),
    "cancelled": N_("Dibatalkan"),
    "superseded": N_("Diganti"),
}
ACTORS: Mapping[str, str] = {"machine": N_("Sistem"), "owner": N_("Pemilik")}
_MINUTE, _HOUR, _DAY, _TWO = 60, 3600, 86400, 2
_UNITS = {"id": ("baru saja", "menit", "jam", "hari"), "en": ("just now", "min", "h", "days")}


def actor_words(actor: str) -> str:
    """Who did it: the machine and the owner in words, officers and cameras by their own name."""
    return ACTORS.get(actor) or actor.partition(":")[2] or actor


def spaced_plate(plate: str | None) -> str:
    """A plate as printed; a text that is none stays as it is, nothing becomes a dash."""
    try:
        return parse_plate(plate or "").spaced
    except PlateError:
        return plate or "–"


def moment(instant: datetime, zone: str, language: str) -> str:
    """An instant with its seconds: the machine's part of a case takes less than a minute."""
    day, _, name = paper_time(instant, zone, language).rpartition(" ")
    return f"{day}{instant.astimezone(zone_of(zone)):{'.%S' if language == 'id' else ':%S'}} {name}"


@pass_context
def told_words(context: Context, told: str, details: Mapping[str, Any] | None = None) -> str:
    """What an event of a case's timeline says in the reader's language; without `details` its places stay open."""
    return explain_event(told, details or {}).said(context["language"])


def age(since: datetime, at: datetime, language: str) -> str:
    """How long something waits: 12 menit, 3 jam, 2 hari."""
    seconds = max(0.0, (at - since).total_seconds())
    now_word, minutes, hours, days = _UNITS[language]
    if seconds < _MINUTE:
        return now_word
    for size, following, unit in ((_MINUTE, _HOUR, minutes), (_HOUR, _DAY, hours)):
        if seconds < _TWO * following:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // _DAY:.0f} {days}"


def _said_by(table: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda key: table.get(key, key)


FILTERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    *(
        (name, _said_by(table))
        for name, table in (
            ("state_words", STATES),
            ("mover_words", MOVERS),
            ("check_words", CHECKS),
            ("verdict_words", VERDICTS),
            ("reason_words", REASONS),
            ("role_words", ROLES),
            ("kind_words", KINDS),
            ("colour_words", COLOURS),
            ("notice_words", NOTICES),
            ("answer_words", ANSWERS),
            ("deposit_words", DEPOSITS),
            ("policy_words", POLICIES),
            ("channel_words", CHANNELS),
        )
    ),
    ("told_words", told_words),
    ("actor_words", actor_words),
    ("plate", spaced_plate),
    ("reference", show_reference),
    ("paper", paper_time),
    ("moment", moment),
    ("age", age),
)
