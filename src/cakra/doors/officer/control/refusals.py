"""What a refused pause or resume says, and at which field of the form."""

from collections.abc import Mapping

from cakra.core.errors import CakraError
from cakra.doors.words import N_

CHOOSE = N_("Pilih apa yang dijeda.")
UNKNOWN = N_("Permintaan ini tidak dapat dijalankan; tidak ada yang diubah.")
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "pause_reason": ("alasan", N_("Tuliskan alasannya, paling banyak 300 huruf.")),
    "pause_key": ("tingkat", N_("Pilih yurisdiksi, saluran, atau pengirim dari daftar.")),
    "paused_already": ("tingkat", N_("Itu sudah dijeda. Lihat jeda yang berlaku di atas.")),
    "no_such_pause": ("jeda", N_("Jeda itu sudah berakhir atau tidak ada.")),
    "same_person": ("jeda", N_("Anda sendiri yang menjeda. Orang kedua yang harus melanjutkan.")),
}


def fault_of(error: CakraError) -> tuple[str, str]:
    """The field and the sentence (its Indonesian key)."""
    return _SENTENCES.get(error.code, ("jeda", UNKNOWN))
