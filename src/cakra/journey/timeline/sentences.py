"""What the stable keys of a case say to a judge, in Indonesian and English. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same in both languages."""

    id: str
    en: str

    def said(self, language: str) -> str:
        """In that language."""
        return self.en if language == "en" else self.id

    def filled(self, indonesian: Mapping[str, str], english: Mapping[str, str]) -> "Sentence":
        """With its places filled in."""
        return Sentence(self.id.format_map(indonesian), self.en.format_map(english))


_S = Sentence
EVENTS: Mapping[str, Sentence] = {
    "received": _S("Catatan kamera diterima dan disimpan.", "The camera's record was received and stored."),
    "joined": _S(
        "Catatan lain dari lintasan yang sama digabungkan.", "Another record of the same passage was joined to it."
    ),
    "late_finding": _S(
        "Pelanggaran lain dari lintasan yang sama datang setelah berkas diputuskan.",
        "Another offence of the same passage came after the case was decided.",
    ),
    "evidence_accepted": _S("Bukti lolos semua pemeriksaan.", "The evidence passed every check."),
    "review_needed": _S(
        "Pemeriksaan otomatis belum yakin; petugas memutuskan.", "The machine was not sure; an officer decides."
    ),
    "evidence_rejected": _S(
        "Bukti tidak mendukung pelanggaran; berkas ditolak.", "The evidence does not support the offence; rejected."
    ),
    "vehicle_diverted": _S(
        "Kendaraan di bawah kewenangan lain; berkas dialihkan.", "The vehicle is under another authority; diverted."
    ),
    "owner_found": _S(
        "Pemilik pada waktu kejadian ditemukan di register.", "The owner at that time was found in the register."
    ),
    "owner_not_found": _S(
        "Register tidak mengenal pelat ini pada waktu kejadian.", "The register did not know the plate at that time."
    ),
    "owner_disputed": _S(
        "Isi register tentang pemilik pelat ini saling bertentangan.",
        "What the register was told of this plate's owners contradicts itself.",
    ),
    "owner_unreachable": _S(
        "Pemilik diketahui, tetapi tidak ada jalan untuk menghubunginya.",
        "The owner is known, but there is no way to reach them.",
    ),
    "vehicle_differs": _S(
        "Jenis kendaraan pada foto berbeda dengan register.",
        "The vehicle on the photograph is not the kind in the register.",
    ),
    "notice_queued": _S("Pemberitahuan masuk antrean kirim.", "The notice was put into the queue."),
    "later_notice_queued": _S(
        "Pemberitahuan lanjutan disusun dan masuk antrean kirim.", "A later notice was worded and put into the queue."
    ),
    "notice_cancelled": _S(
        "Pemberitahuan yang belum terkirim dibatalkan; isinya tidak diperlukan lagi.",
        "A notice that had not left was cancelled; what it says is not needed any more.",
    ),
    "notice_not_told": _S(
        "Pemberitahuan lanjutan tidak dapat dikirim lewat jalan mana pun; petugas yang berikutnya.",
        "A later notice could not be sent by any way; an officer is next.",
    ),
    "notice_told_again": _S(
        "Petugas meminta pemberitahuan itu disampaikan lagi.", "An officer had that notice told again."
    ),
    "notice_set_aside": _S(
        "Petugas menyatakan pemberitahuan itu sudah ditangani.", "An officer declared that notice dealt with."
    ),
    "letter_cancelled": _S(
        "Surat yang belum berangkat dibatalkan; tidak diperlukan lagi.",
        "A letter that had not left was cancelled; it is not needed any more.",
    ),
    "letter_returned": _S(
        "Surat kembali dari pos: bukti sampai dicabut dan tenggat berhenti.",
        "The letter came back by post: its proof is taken back and the deadlines stand still.",
    ),
    "notice_goes_on": _S(
        "Pemberitahuan diteruskan lewat saluran berikutnya.", "The notice goes on by the next channel."
    ),
    "template_changed": _S(
        "Teks pesan diganti karena yang lama tidak diizinkan penyedia lagi: {from} menjadi {to}.",
        "The text was exchanged because the provider no longer allows the old one: {from} became {to}.",
    ),
    "code_asked": _S(
        "Kode sekali pakai diminta di halaman situs, untuk dikirim lewat {channel}.",
        "A one-time code was asked for on a page of the site, to be sent by {channel}.",
    ),
    "code_sent": _S(
        "Kode sekali pakai diserahkan kepada penyedia {channel}.",
        "The one-time code was handed to the provider of {channel}.",
    ),
    "code_not_sent": _S(
        "Kode sekali pakai lewat {channel} tidak terkirim, atau tidak diketahui; tidak dikirim ulang.",
        "The one-time code by {channel} was not sent, or nobody knows; it is not sent again.",
    ),
    "code_used": _S(
        "Kode sekali pakai yang dikirim lewat {channel} diketik dengan benar.",
        "The one-time code that went by {channel} was typed correctly.",
    ),
    "code_refused": _S(
        "Kode sekali pakai salah ketik; percobaan dihitung.", "A wrong one-time code was typed; the try counts."
    ),
    "reminder_due": _S("Belum ada jawaban; pengingat dikirim.", "No answer yet; a reminder is sent."),
    "recipient_denied": _S(
        "Penerima pesan mengatakan bahwa ia bukan pemilik kendaraan.", "The recipient said not to be the owner."
    ),
    "delivery_proved": _S(
        "Pesan terbukti sampai lewat {channel}; tenggat mulai berjalan.",
        "Delivery by {channel} is proved; the deadlines run from here.",
    ),
    "notice_read": _S("Pesan dibaca.", "The message was read."),
    "late_receipt": _S(
        "Bukti pengiriman datang terlambat lewat {channel}; pengiriman dilanjutkan.",
        "Proof came late by {channel}; delivery goes on.",
    ),
    "channel_failed": _S(
        "Saluran terakhir gagal dan tidak ada saluran lain; petugas yang berikutnya.",
        "The last channel failed and there is no other; an officer is next.",
    ),
    "channel_left": _S("Beralih dari {channel} ke {next}: {why}.", "From {channel} to {next}: {why}."),
    "send_unsettled": _S(
        "Penyedia tidak pernah menjawab: tidak diketahui apakah pesan terkirim; petugas menetapkan.",
        "The provider never answered: nobody knows whether the message was sent; an officer settles it.",
    ),
    "no_proof_of_delivery": _S(
        "Penyedia menerima pesan, tetapi tidak ada bukti sampai pada waktunya; petugas yang berikutnya.",
        "The provider took the message, but no proof of delivery came in time; an officer is next.",
    ),
    "party_named": _S(
        "Petugas menetapkan orang yang disebut dalam jawaban sebagai pihak yang ditanya.",
        "An officer decided that the person named in the answer is asked.",
    ),
    "turn_returned": _S(
        "Orang yang disebut tidak menjawab atau tidak terjangkau; pemilik ditanya lagi dengan tenggat baru.",
        "The named person was silent or not reached; the owner is asked again, with fresh days.",
    ),
    "reference_replaced": _S(
        "Petugas menutup nomor referensi suatu pihak dan menggantinya dengan yang baru.",
        "An officer closed a party's reference and put a new one in its place.",
    ),
    "send_settled": _S("Petugas menetapkan nasib pengiriman.", "An officer settled what became of the message."),
    "owner_answered": _S("Pemilik memberi jawaban.", "The owner answered."),
    "owner_came_to_portal": _S(
        "Pemilik membuka portal; ia ternyata terjangkau.", "The owner opened the portal and so was reached."
    ),
    "answer_needs_officer": _S(
        "Jawaban pemilik memerlukan keputusan petugas.", "The owner's answer needs an officer's decision."
    ),
    "charged": _S("Tilang terbit dan kode titipan diterbitkan.", "The charge and the deposit code were issued."),
    "needs_certified_officer": _S(
        "Tidak ada penetapan petugas yang berlaku; petugas memutuskan.",
        "No officer's authorisation is in force; an officer decides.",
    ),
    "code_shown": _S(
        "Kode titipan ditunjukkan kepada pemilik; tenggat bayar mulai berjalan.",
        "The deposit code was shown to the owner; the time to pay runs.",
    ),
    "confirmation_lapsed": _S(
        "Tenggat konfirmasi lewat tanpa jawaban.", "The time to answer passed without an answer."
    ),
    "payment_lapsed": _S("Tenggat pembayaran lewat.", "The time to pay passed."),
    "deadline_kept": _S("Tenggat diperiksa dan tetap berlaku.", "The deadline was checked and stands."),
    "step_failed": _S(
        "Langkah sistem gagal berulang kali; petugas memeriksa.",
        "A step of the machine failed repeatedly; an officer looks at it.",
    ),
    "step_delayed": _S(
        "Langkah sistem ditunda dan akan dicoba lagi.", "A step of the machine was delayed and will be tried again."
    ),
    "officer_accepted": _S("Petugas menerima bukti.", "An officer accepted the evidence."),
    "officer_rejected": _S("Petugas menolak berkas.", "An officer rejected the case."),
    "officer_diverted": _S("Petugas mengalihkan berkas.", "An officer diverted the case."),
    "officer_withdrew": _S("Petugas mencabut berkas.", "An officer withdrew the case."),
    "officer_returned": _S("Petugas mengembalikan berkas ke tinjauan.", "An officer returned the case to review."),
}
WHY: Mapping[str, Sentence] = {
    "refused": _S("penyedia menolak pesan ini untuk selamanya", "the provider refused this message for good"),
    "tries": _S(
        "penyedia terus menunda sampai batas percobaan", "the provider kept putting it off, up to the last try"
    ),
    "ours": _S("permintaan kami sendiri keliru", "our own request was wrong"),
    "silence": _S("waktunya habis tanpa bukti sampai", "its time was up without proof of delivery"),
    "unknown": _S(
        "penyedia tidak menjawab, dan pesan yang mungkin terkirim tidak dikirim dua kali di saluran yang sama",
        "the provider did not answer, and what may have been sent is not sent twice on the same channel",
    ),
    "paused": _S("saluran itu dijeda", "that channel was paused"),
    "budget": _S(
        "anggaran saluran itu habis dan kebijakannya beralih",
        "that channel's budget was spent and its policy is to go on",
    ),
    "returned": _S("surat kembali dari pos", "the letter came back by post"),
    "template": _S("teks pesan tidak diizinkan penyedia", "the provider does not allow the text"),
    "unhealthy": _S("semua pengirim saluran itu terganggu", "every sender of that channel was unwell"),
    "limit": _S("batas harian penyedia tercapai", "the provider's daily limit was reached"),
    "doubtful": _S("nomor itu ternyata bukan milik pemilik", "that number turned out not to be the owner's"),
    "opted_out": _S("penerima meminta berhenti di saluran itu", "the recipient asked to stop on that channel"),
    "late": _S("saluran itu terlalu lambat untuk waktunya", "that channel was too slow for its time"),
}
ANSWERS: Mapping[str, Sentence] = {
    "intended": _S(
        "Sedang diserahkan; jawaban penyedia belum ada.", "Being handed over; the provider has not answered yet."
    ),
    "accepted": _S("Penyedia {channel} menerima pesan.", "The provider of {channel} took the message."),
    "held": _S(
        "Penyedia menerima pesan tetapi menahannya; ini belum terkirim.",
        "The provider took the message but holds it; it is not sent yet.",
    ),
    "refused": _S(
        "Penyedia menolak{cause}; pesan pasti tidak terkirim.", "The provider refused{cause}; surely it was not sent."
    ),
    "unknown": _S(
        "Tidak ada jawaban{cause}: tidak diketahui apakah pesan terkirim, jadi tidak diulang di sini.",
        "No answer{cause}: nobody knows whether it was sent, so it is not repeated here.",
    ),
    "recalled": _S(
        "Ditarik kembali sebelum dikirim karena jeda; tidak ada yang keluar.",
        "Called back before it was handed over because of a pause; nothing left.",
    ),
}
CHANNELS: Mapping[str, Sentence] = {
    "whatsapp": _S("WhatsApp", "WhatsApp"),
    "email": _S("surel", "e-mail"),
    "sms": _S("SMS", "SMS"),
    "letter": _S("surat", "letter"),
}
PURPOSES: Mapping[str, Sentence] = {
    "confirmation": _S("permintaan konfirmasi", "request for confirmation"),
    "reminder": _S("pengingat", "reminder"),
    "decision": _S("keputusan", "decision"),
    "code": _S("kode titipan", "deposit code"),
    "verdict": _S("putusan", "verdict"),
    "refund": _S("pengembalian", "refund"),
    "withdrawal": _S("pencabutan", "withdrawal"),
}
PROOFS: Mapping[str, Sentence] = {
    "accepted": _S("diterima penyedia", "accepted by the provider"),
    "sent": _S("terkirim", "sent"),
    "delivered": _S("sampai", "delivered"),
    "read": _S("dibaca", "read"),
    "failed": _S("gagal", "failed"),
    "returned": _S("kembali", "returned"),
}


def word(table: Mapping[str, Sentence], key: str) -> Sentence:
    """What a key says; a key that is not known is shown as it is rather than lost."""
    return table.get(key) or Sentence(key, key)
