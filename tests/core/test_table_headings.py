"""Which column is which: exact names are taken, near ones are asked about, and a person's word goes before both."""

import pytest

from cakra.core.errors import InputError
from cakra.core.tables.headings import KnownColumns, read_layout

KNOWN = KnownColumns(
    names={"plate": ("nopol", "no_polisi"), "owner": ("nama", "nama_pemilik"), "phone": ("no_hp",), "until": ()},
    required=("plate", "owner"),
    hints={"phone": ("hp", "telepon"), "owner": ("pemilik",), "until": ("berlaku_sampai",)},
    passing=("pajak", "petugas"),
    always=("phone",),
)


def layout(*header, chosen=(), left_out=()):
    return read_layout("r.csv", header, KNOWN, chosen, left_out)


def refusal(*header, chosen=(), left_out=()):
    with pytest.raises(InputError) as caught:
        layout(*header, chosen=chosen, left_out=left_out)
    return caught.value.sentence


def test_every_name_and_every_heading_that_means_it_is_taken_where_it_stands():
    found = layout("x", "NO. HP", "Nama Pemilik", "No Polisi", "until")
    assert found.places == {"phone": 1, "owner": 2, "plate": 3, "until": 4}
    assert found.ignored == ("x",)
    assert layout("plate", "owner").places == {"plate": 0, "owner": 1}


def test_a_column_without_a_heading_is_not_told_as_ignored():
    assert layout("nopol", "", "nama", "warna").ignored == ("warna",)


def test_one_missing_column_is_named_in_the_singular_and_two_in_the_plural():
    assert refusal("nopol") == (
        "r.csv lacks the column owner; its first line must name plate, owner and may name phone, until. "
        'Where it names one otherwise, say --column owner="ITS HEADING".'
    )
    assert "lacks the columns plate, owner;" in refusal("x")


def test_two_columns_for_the_same_are_asked_about_with_the_choice_to_make():
    assert refusal("nopol", "no_polisi", "nama") == (
        "r.csv: There are two columns for plate: 'nopol' and 'no_polisi'; name the one to use, such as "
        '--column plate="nopol".'
    )
    assert "There are 3 columns for plate: 'nopol' and 'plate' and 'NOPOL'" in refusal(
        "nopol", "plate", "NOPOL", "nama"
    )


def test_a_person_chooses_one_of_two_and_the_other_is_ignored():
    found = layout("nopol", "no_polisi", "nama", chosen=["plate=no_polisi"])
    assert found.places == {"plate": 1, "owner": 2}
    assert found.ignored == ("nopol",)


def test_a_person_leaves_one_of_two_out():
    found = layout("nopol", "no_polisi", "nama", left_out=["nopol"])
    assert found.places == {"plate": 1, "owner": 2}
    assert found.ignored == ("nopol",)


def test_a_column_of_any_name_may_be_chosen_and_spelled_loosely():
    assert layout("nopol", "Sebutan", "nama x", chosen=["owner = SEBUTAN "]).places == {"plate": 0, "owner": 1}


def test_the_exact_spelling_goes_before_the_loose_one():
    header = ("Nopol", "nopol", "nama")
    assert layout(*header, chosen=["plate=nopol"]).places["plate"] == 1
    assert "has more than one column 'NOPOL'" in refusal(*header, chosen=["plate=NOPOL"])


def test_a_file_without_a_header_is_not_asked_about_column_by_column():
    assert refusal("Telp kantor").startswith(
        "r.csv lacks the columns plate, owner; its first line must name plate, owner"
    )


@pytest.mark.parametrize("choice", ["plate", "tanggal=nopol", "=nopol", "nopol=plate"])
def test_a_choice_that_names_none_of_ours_is_refused(choice):
    said = refusal("nopol", "nama", chosen=[choice])
    assert said == f'--column {choice}: write OURS="THEIR HEADING"; ours are plate, owner, phone, until.'


def test_a_choice_of_a_column_that_is_not_there_shows_those_that_are():
    assert refusal("nopol", "nama", chosen=["plate=x"]) == "r.csv has no column 'x'; its columns are 'nopol', 'nama'."
    assert "has no column 'x'" in refusal("nopol", "nama", left_out=["x"])


@pytest.mark.parametrize("chosen", [["plate=nopol", "plate=nama"], ["plate=nopol", "owner=nopol"]])
def test_a_column_is_chosen_once(chosen):
    assert refusal("nopol", "nama", chosen=chosen) == f"--column {chosen[1]}: this column was named already."


@pytest.mark.parametrize(
    ("heading", "ours"),
    [("HP Pemilik", "phone"), ("telepon rumah", "phone"), ("Pemilik", "owner"), ("no_polis", "plate")],
)
def test_a_heading_that_looks_like_one_of_ours_is_asked_about(heading, ours):
    header = ("nopol", "nama", heading) if ours == "phone" else ("nopol" if ours == "owner" else "nama", heading)
    assert refusal(*header) == (
        f'r.csv: The column {heading!r} looks like {ours}; say --column {ours}="{heading}" to use it, '
        f'or --ignore-column "{heading}" to leave it out.'
    )


def test_a_near_heading_beside_the_exact_one_is_asked_about_and_the_used_one_named():
    assert "looks like phone, beside 'no_hp'; say" in refusal("nopol", "nama", "no_hp", "hp2 hp")


def test_every_word_of_a_hint_must_stand_in_the_heading():
    assert layout("nopol", "nama", "sampai").ignored == ("sampai",)
    assert "looks like until" in refusal("nopol", "nama", "sampai kapan berlaku")


def test_a_near_heading_is_quiet_once_a_person_decided():
    header = ("nopol", "nama", "hp")
    assert layout(*header, chosen=["phone=hp"]).places["phone"] == 2
    assert layout(*header, left_out=["hp"]).ignored == ("hp",)
    assert layout(*header, "telepon", chosen=["phone=hp"]).ignored == ("telepon",)


def test_a_heading_that_says_it_is_none_of_ours_is_passed_over_unless_it_is_a_phone():
    assert layout("nopol", "nama", "pajak berlaku sampai", "Petugas").ignored == ("pajak berlaku sampai", "Petugas")
    assert "looks like phone" in refusal("nopol", "nama", "hp petugas")


def test_a_passing_word_also_quiets_a_likeness_of_letters():
    known = KnownColumns({"petugasan": ()}, (), {}, passing=("petugas",))
    assert read_layout("r.csv", ["petugas"], known).ignored == ("petugas",)
    with pytest.raises(InputError, match="looks like petugasan"):
        read_layout("r.csv", ["petugasa"], known)
