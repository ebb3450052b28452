"""What an SMS may look like: each fault by itself, the last text that may go out, and the octets of its letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.core.delivery.short_text import GSM, ONE_SEGMENT, gsm_octets, gsm_plain, wording_faults

SOUND = "ETLE: ada pemberitahuan"


def test_a_sound_text_has_no_fault_and_the_brand_counts_in_any_case():
    assert wording_faults(SOUND, "ETLE") == []
    assert wording_faults(SOUND.lower(), "ETLE") == []


def test_one_segment_is_160_characters_and_not_one_more():
    assert ONE_SEGMENT == 160
    assert wording_faults(SOUND.ljust(160, "x"), "ETLE") == []
    assert len(wording_faults(SOUND.ljust(161, "x"), "ETLE")) == 1


@pytest.mark.parametrize(
    ("text", "brand", "words"),
    [
        ("", "", "no text"),
        (" \n", "", "no text"),
        ("ETLE €5", "ETLE", "'€' (U+20AC)"),
        ("ETLE [1]", "ETLE", "'[' (U+005B) ']' (U+005D);"),
        ("ETLE \x1b", "ETLE", "U+001B"),
        ("Polda: ada pemberitahuan", "ETLE", "does not name 'ETLE'"),
    ],
)
def test_each_fault_is_one_sentence_of_its_own(text, brand, words):
    (fault,) = wording_faults(text, brand)
    assert words in fault


def test_only_the_first_five_strange_characters_are_shown():
    (fault,) = wording_faults("ETLE ①②③④⑤⑥", "ETLE")
    assert "U+2464" in fault
    assert "U+2465" not in fault


@pytest.mark.parametrize(
    "written", ["https://x", "www.x", "etle.id", "Lihat etle-jakarta.co.id ya", "10.0.0.1", "192.168.100.200"]
)
def test_what_a_phone_makes_a_link_of_is_a_fault(written):
    (fault,) = wording_faults(f"ETLE {written}", "ETLE")
    assert "link" in fault


@pytest.mark.parametrize("written", ["pukul 08.01", "Rp500.000", "Ref. baru", "1.2.3", "No.5", "a.b"])
def test_numbers_and_abbreviations_are_no_links(written):
    assert wording_faults(f"ETLE {written}", "ETLE") == []


@pytest.mark.parametrize(
    ("letter", "septet"), [("@", 0x00), ("\n", 0x0A), ("Δ", 0x10), ("É", 0x1F), (" ", 0x20), ("A", 0x41), ("à", 0x7F)]
)
def test_an_octet_is_the_septet_of_the_standards_table(letter, septet):
    assert gsm_octets(letter) == bytes([septet])


@given(st.text(sorted(GSM), max_size=200))
def test_every_letter_of_the_alphabet_is_one_octet_of_seven_bits(text):
    octets = gsm_octets(text)
    assert len(octets) == len(text)
    assert all(octet < 0x80 and octet != 0x1B for octet in octets)


def test_the_alphabet_has_every_place_but_the_escape():
    assert len(GSM) == 127


def test_a_stranger_is_named():
    with pytest.raises(ValueError, match="'€'"):
        gsm_octets("ETLE €")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Ditlantas Polda Metro Jaya", "Ditlantas Polda Metro Jaya"),
        ("Direktorat “Lantas” – D.I. Yogyakarta", 'Direktorat "Lantas" - D I Yogyakarta'),
        ("Polrés Karō", "Polrés Karo"),
        ("警察 Polda", "?? Polda"),
        ("Polda // Jaya", "Polda / Jaya"),
        ("etle-jakarta.co.id", "etle-jakarta co id"),
        ("pukul 08.01, ke 10.0.0.1", "pukul 08.01, ke 10 0 0.1"),
        ("  Polda\u00a0\n Jaya ", "Polda Jaya"),
    ],
)
def test_an_offices_name_is_written_in_letters_that_every_network_carries(written, plain):
    assert gsm_plain(written) == plain
    assert wording_faults(f"ETLE {plain}", "ETLE") == []
