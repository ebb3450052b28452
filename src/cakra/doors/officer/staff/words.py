"""What a refused grant or order says, and at which field of the form; Indonesian here, English in `en.po`."""

from collections.abc import Mapping

from cakra.core.errors import CakraError
from cakra.doors.words import N_

UNKNOWN = N_("Permintaan ini tidak dapat dijalankan; tidak ada yang diubah.")
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "staff_reason": ("alasan", N_("Tuliskan alasannya, paling banyak 300 huruf.")),
    "grant_role": ("peran", N_("Pilih peran dari daftar.")),
    "grant_place": ("wilayah", N_("Pilih wilayah dari daftar.")),
    "grant_officer": ("petugas", N_("Pilih petugas yang aktif dari daftar.")),
    "grant_dates": ("sampai", N_("Hak itu berakhir sebelum dimulai, atau sudah berakhir. Perbaiki tanggalnya.")),
    "grant_held": ("peran", N_("Petugas itu sudah memegang peran ini di sana.")),
    "grant_over": ("hak", N_("Hak itu sudah berakhir. Tidak ada yang diubah.")),
    "no_such_grant": ("hak", N_("Hak itu tidak ada.")),
    "same_person": ("orang", N_("Orang kedua yang harus melakukannya. Tidak ada yang diubah.")),
    "order_waits": ("perintah", N_("Perintah yang sama sudah menunggu orang kedua.")),
    "order_settled": ("perintah", N_("Perintah itu sudah diputuskan. Tidak ada yang diubah.")),
    "order_expired": ("perintah", N_("Perintah itu sudah kedaluwarsa. Tidak ada yang diubah; usulkan lagi.")),
    "order_orphaned": ("perintah", N_("Pengusulnya tidak lagi berhak mengusulkan. Tidak ada yang diubah; tolak saja.")),
    "no_such_order": ("perintah", N_("Perintah itu tidak ada.")),
    "no_such_pause": ("perintah", N_("Jeda itu sudah berakhir atau tidak ada.")),
}
STANDINGS: Mapping[str, str] = {
    "in force": N_("berlaku"),
    "coming": N_("akan berlaku"),
    "over": N_("berakhir"),
    "waiting": N_("menunggu"),
    "approved": N_("disetujui"),
    "rejected": N_("ditolak"),
    "expired": N_("kedaluwarsa"),
}
REFUSED: Mapping[str, str] = {
    "sign_in": N_("Masuk ditolak"),
    "limited": N_("Percobaan masuk terlalu sering"),
    "not_allowed": N_("Tidak berhak"),
}


def fault_of(error: CakraError) -> tuple[str, str]:
    """The field and the sentence (its Indonesian key)."""
    return _SENTENCES.get(error.code, ("hak", UNKNOWN))
