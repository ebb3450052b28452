"""A notice as an SMS: always one segment that names the agency first, the reference, and no link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.short_text import gsm_plain, wording_faults
from cakra.journey.notice.sms import lint_sms, sms_text

VALUES = {
    "instansi": "Ditlantas Polda Metro Jaya",
    "plat": "B 1234 XYZ",
    "waktu": "21 Nov 2026 08.01 WIB",
    "lokasi": "Jl. M.H. Thamrin",
    "ref": "7K2M9-QX4B3",
    "situs": "etle.contoh.example",
    "pelanggaran": "Melanggar ganjil-genap",
}


def test_a_confirmation_says_who_what_when_and_how_to_check():
    assert sms_text("confirmation", "id", VALUES) == (
        "Ditlantas Polda Metro Jaya: B 1234 XYZ terekam kamera ETLE 21 Nov 2026 08.01 WIB, Jl M H Thamrin. "
        "Ref 7K2M9-QX4B3. Buka sendiri situs resmi ETLE, ketik Ref."
    )


def test_what_is_least_needed_gives_way():
    long = VALUES | {"instansi": "Direktorat Lalu Lintas Polda Metro Jaya", "ref": "03ABC-DEFGH-JKMNP"}
    assert sms_text("confirmation", "id", long).endswith(
        "Jl M H Thamrin. Ref 03ABC-DEFGH-JKMNP. Cek di situs resmi ETLE."
    )
    longer = sms_text("confirmation", "id", long | {"lokasi": "Simpang Jalan Jenderal Sudirman arah Senayan"})
    assert longer.endswith("08.01 WIB. Ref 03ABC-DEFGH-JKMNP. Buka sendiri situs resmi ETLE, ketik Ref.")


def test_a_later_notice_says_that_there_is_one_and_not_what():
    text = sms_text("verdict", "id", {name: VALUES[name] for name in ("instansi", "plat", "ref")}, stamped=True)
    assert text == (
        "CONTOH. Ditlantas Polda Metro Jaya: ada pemberitahuan ETLE baru untuk B 1234 XYZ. Ref 7K2M9-QX4B3. "
        "Buka sendiri situs resmi ETLE, ketik Ref."
    )


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_wording_itself_has_no_fault(language):
    assert lint_sms(language) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Jl.Thamrin–Selatan", "Jl Thamrin-Selatan"),
        ("Café “Ümit”", 'Café "Ümit"'),
        ("https://etle.example/k", "https:/etle example/k"),
        ("10.0.0.1 pukul 08.01", "10 0 0.1 pukul 08.01"),
        ("www.x", "www x"),
        ("中 ．com", "? com"),
    ],
)
def test_names_are_written_plainly(written, read):
    assert gsm_plain(written) == read


@given(
    st.sampled_from(["confirmation", "reminder", "refund"]),
    st.sampled_from(["id", "en"]),
    st.fixed_dictionaries(dict.fromkeys(VALUES, st.text(max_size=60))),
    st.booleans(),
)
def test_whatever_the_names_are_it_may_go_out(purpose, language, values, stamped):
    values = values | {"waktu": VALUES["waktu"], "plat": values["plat"][:12], "ref": VALUES["ref"]}
    text = sms_text(purpose, language, values, stamped=stamped)
    assert wording_faults(text, "ETLE") == []
    assert VALUES["ref"] in text
