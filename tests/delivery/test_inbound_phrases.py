"""Which words ask us to stop, and which say that a message is not theirs; an answer or an objection is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.delivery.inbound.rules import Wish, read_request
from cakra.delivery.sending.rules import make_tag

STOPS = (
    "jangan kirim pesan lagi", "UNSUB", "BATAL", "stop", "STOOOPPP!!", "🛑", "🛑 stop 🙏", "berhneti",
    "Berhentii", "jgn wa saya lagi", "jangan hubungi saya", "stop kirim pesan",
    "saya tidak mau menerima pesan lagi", "saya mau berhenti berlangganan", "hentikan pesan ini",
    "tolong hapus nomor saya", "ＳＴＯＰ", "s\u200btop", "stop, terima kasih", "don't message me again",
    "Don’t contact me", "do not text this number", "Please stop messaging me", "no more messages",
    "remove my number", "opt-out", "quit", "mohon jangan kirim notifikasi ke nomor ini lagi ya pak",
)  # fmt: skip
NOT_MINE = (
    "bkn saya", "slh sambung", "salah org", "bukan nmr saya", "this isn't my car", "saya tdk punya kendaraan tsb",
    "bukan nomor saya", "salah sambung", "Salah nomor!", "maaf, salah orang", "ini bukan mobil saya",
    "bukan punya saya pak", "saya bukan pemilik kendaraan ini", "wrong number", "This is not my car",
    "I'm not the owner of this vehicle", "Salah nomor. Jangan kirim lagi!", "bukan saya",
)  # fmt: skip
NEITHER = (
    "bukan saya yang mengemudi", "bukan saya pengemudinya", "saya bukan pengemudi", "jangan stop di sini",
    "stop di sini", "saya berhenti di lampu merah", "saya sudah berhenti", "saya berhenti",
    "batalkan tilang saya", "batal bayar", "hentikan tilang ini", "jangan kirim surat ke rumah",
    "saya tidak mau bayar", "tidak terima", "saya keberatan", "stop line", "mobil saya berhenti",
    "not my fault", "cancel my fine", "jangan tilang saya", "end of story",
    "saya tidak terima, jangan kirim lagi", "I did not drive", "mobil sudah dijual", "bukan salah saya",
    "terima kasih", "ya", "🙏", "tidak", "saya tidak dapat pesan", "kirim pesan lagi",
)  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_these_ask_us_to_stop(text):
    assert read_request("text", text).meaning is Wish.STOP


@pytest.mark.parametrize("text", NOT_MINE)
def test_these_say_that_it_is_not_theirs(text):
    assert read_request("text", text).meaning is Wish.NOT_MINE


@pytest.mark.parametrize("text", NEITHER)
def test_an_answer_or_an_objection_is_neither(text):
    assert read_request("text", text).meaning not in {Wish.STOP, Wish.NOT_MINE}


@pytest.mark.parametrize("word", ["wa", "sms", "pesan", "saya", "chat", "this number", "milik", "ya"])
def test_a_long_row_of_words_is_refused_at_once(word):
    for head in ("jangan kirim", "stop", "bukan", "do not text", "hapus nomor", "tidak mau terima"):
        assert read_request("text", f"{head} {f'{word} ' * 55} tilang").meaning is not Wish.STOP


def test_who_says_both_wants_both():
    assert read_request("text", "salah nomor, jangan kirim lagi").stop
    assert not read_request("text", "salah nomor").stop


@given(st.sampled_from((*STOPS, *NOT_MINE)), st.sampled_from(("karena saya tidak mengemudi", "tapi saya sudah bayar")))
def test_a_wish_with_a_story_is_for_a_person(wish, story):
    for text in (f"{wish} {story}", f"{story} {wish}", f"{wish}, {story}"):
        assert read_request("text", text).meaning not in {Wish.STOP, Wish.NOT_MINE}


TAG = make_tag(3, 7, 1)


@pytest.mark.parametrize(
    ("kind", "text", "payload", "meaning"),
    [
        ("button", "Lihat", TAG, Wish.NOT_MINE),  # the payload says it, whatever the label
        ("button", "Lihat", "", Wish.OTHER),
        ("button", "Lihat", "n:9:x", Wish.OTHER),
        ("text", "halo", TAG, Wish.OTHER),  # only a button has one
        ("moved", "", "", Wish.MOVED),
    ],
)
def test_the_payload_of_a_button_counts_and_not_its_label(kind, text, payload, meaning):
    assert read_request(kind, text, payload).meaning is meaning
