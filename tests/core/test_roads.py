"""Names of roads by known answers: what of a name is its own, and how near another name comes to it."""

import pytest

from cakra.core.law.zones.roads import Likeness, compare_road, normalise_road

LISTED = ("JENDERAL SUDIRMAN", "MH THAMRIN", "RASUNA SAID")
SAME, CONTAINS, RESEMBLES, PLACE, NONE = Likeness


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Jl. Jend. Sudirman (depan FX), Jakarta", "JENDERAL SUDIRMAN"),
        ("Jl. M.H. Thamrin", "MH THAMRIN"),
        ("Jl. M H T h2", "MHT H2"),
        ("Jl. Jl. Kuningan", "KUNINGAN"),
        ("Jalan", ""),
        ("Arah", "ARAH"),
        ("Depan FX", "DEPAN FX"),
        ("Sudirman arah Semanggi", "SUDIRMAN"),
        ("Sudirman arah", "SUDIRMAN ARAH"),
        ("Gatot Subroto - arah barat", "GATOT SUBROTO"),
        ("Gatot-Subroto", "GATOT SUBROTO"),
        ("Sudirman, Thamrin", "SUDIRMAN THAMRIN"),
        ("Café", "CAFE"),
        ("x" * 250, "X" * 200),
    ],
)
def test_what_of_a_text_is_the_roads_name(written, name):
    assert normalise_road(written) == name


@pytest.mark.parametrize(
    ("written", "likeness", "listed"),
    [
        ("Jend Sudirman", SAME, "JENDERAL SUDIRMAN"),
        ("Jl. Jend. Sudirmann", CONTAINS, "JENDERAL SUDIRMAN"),
        ("Simpang Jenderal Sudirman", CONTAINS, "JENDERAL SUDIRMAN"),
        ("M H Thamrin raya", CONTAINS, "MH THAMRIN"),
        ("Rasunasaid", CONTAINS, "RASUNA SAID"),
        ("Thamrin", RESEMBLES, "MH THAMRIN"),
        ("Jl MH Tamrin Jakarta", RESEMBLES, "MH THAMRIN"),
        ("Rasuna Sait", RESEMBLES, "RASUNA SAID"),
        ("MHTamrin raya", RESEMBLES, "MH THAMRIN"),
        ("Halte Kantor Pusat Rasuna Sait", RESEMBLES, "RASUNA SAID"),
        ("Jend. Sudi man", RESEMBLES, "JENDERAL SUDIRMAN"),
        ("Simpang Jend. Su dirma", RESEMBLES, "JENDERAL SUDIRMAN"),
        ("Kantor Rasunasait", RESEMBLES, "RASUNA SAID"),
        ("Sadia Nusar", NONE, ""),
        ("Sudirman", RESEMBLES, "JENDERAL SUDIRMAN"),
        ("Rasuna", RESEMBLES, "RASUNA SAID"),
        ("Jend. Soedirman", RESEMBLES, "JENDERAL SUDIRMAN"),
        ("Bundaran HI", PLACE, ""),
        ("Simp. Pancoran", PLACE, ""),
        ("Simpang Jl. Casablanca", NONE, ""),
        ("Jend. Sudirman depan Mal Bekasi", CONTAINS, "JENDERAL SUDIRMAN"),
        ("Jend. Sudirman KM 5 Tangerang", CONTAINS, "JENDERAL SUDIRMAN"),
        ("Jend. Sudirman arah Bekasi", SAME, "JENDERAL SUDIRMAN"),
        ("", NONE, ""),
    ],
)
def test_how_near_a_name_comes_to_those_listed(written, likeness, listed):
    assert compare_road(written, LISTED) == (likeness, listed)


def test_an_empty_name_on_the_list_is_nobodys():
    assert compare_road("", ("", "SUDIRMAN")) == (NONE, "")
    assert compare_road("Thamrin", ("", "SUDIRMAN")) == (NONE, "")


def test_seventeen_letters_of_twenty_are_near_enough_and_sixteen_are_not():
    listed = ("ABCDEFGHIJ KLMNOPQRST",)
    assert compare_road("ABCDEFGHIJ KLMNOPQXYZ", listed) == (RESEMBLES, listed[0])
    assert compare_road("ABCDEFGHIJ KLMNOPWXYZ", listed) == (NONE, "")
