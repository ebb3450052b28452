"""Sealing at rest and blind indexes."""

import pickle
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.kit.errors import SetupError, StoreError
from cakra.kit.seal import Sealer, derive_key

ROOT, OTHER_ROOT = bytes(range(32)), bytes(range(1, 33))
PURPOSES = ("register", "addressee", "notice", "provider", "callback", "camera", "quarantine", "answer")
texts = st.text(max_size=200)
rows = st.binary(min_size=1, max_size=40)


@given(st.binary(max_size=500), rows)
def test_what_is_sealed_opens_in_its_own_row(plain: bytes, row: bytes) -> None:
    sealer = Sealer(ROOT, "owner")
    sealed = sealer.seal(plain, row)
    assert sealer.open(sealed, row) == plain
    assert sealed != sealer.seal(plain, row), "the same value sealed twice looks alike"
    assert len(plain) < 8 or plain not in sealed


@given(rows, rows)
def test_a_value_copied_to_another_row_does_not_open(row: bytes, other: bytes) -> None:
    sealer = Sealer(ROOT, "owner")
    sealed = sealer.seal(b"Budi", row)
    if row == other:
        assert sealer.open(sealed, other) == b"Budi"
        return
    with pytest.raises(StoreError, match="does not open"):
        sealer.open(sealed, other)


@given(st.binary(max_size=60), st.data())
def test_every_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealer = Sealer(ROOT, "owner")
    sealed = bytearray(sealer.seal(plain, b"row"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(StoreError):
        sealer.open(bytes(sealed), b"row")


@pytest.mark.parametrize("length", range(29))
def test_what_was_cut_short_is_refused_in_a_sentence(length: int) -> None:
    sealer = Sealer(ROOT, "owner")
    with pytest.raises(StoreError):
        sealer.open(sealer.seal(b"", b"row")[:length], b"row")


def test_another_key_or_purpose_does_not_open() -> None:
    sealed = Sealer(ROOT, "owner").seal(b"Budi", b"row")
    for stranger in (Sealer(OTHER_ROOT, "owner"), Sealer(ROOT, "notice")):
        with pytest.raises(StoreError, match="wrong key"):
            stranger.open(sealed, b"row")


def test_a_root_key_of_another_length_is_refused() -> None:
    with pytest.raises(SetupError, match="CAKRA_KEYS__ROOT"):
        Sealer(b"short", "owner")


@given(st.dictionaries(texts, texts, max_size=5))
def test_records_come_back_whole(record: dict[str, str]) -> None:
    sealer = Sealer(ROOT, "answer")
    assert sealer.open_record(sealer.seal_record(record, b"row"), b"row") == record


@given(texts, texts)
def test_a_blind_index_finds_the_same_value_and_no_other(one: str, other: str) -> None:
    sealer = Sealer(ROOT, "owner")
    assert (sealer.index("nik", one) == sealer.index("nik", other)) is (one == other)
    assert len(sealer.index("nik", one)) == 16


@given(texts)
def test_a_blind_index_differs_by_kind_purpose_and_key(value: str) -> None:
    made = [
        Sealer(ROOT, "owner").index("nik", value),
        Sealer(ROOT, "owner").index("phone", value),
        Sealer(ROOT, "notice").index("nik", value),
        Sealer(OTHER_ROOT, "owner").index("nik", value),
    ]
    assert len(set(made)) == len(made)


def test_every_purpose_has_keys_of_its_own() -> None:
    keys = [derive_key(ROOT, f"{use}:{purpose}") for use in ("seal", "index") for purpose in PURPOSES]
    assert all(one != other for one, other in combinations(keys, 2))
    assert all(key != ROOT for key in keys)


def test_a_sealer_sent_to_a_worker_process_works_on_and_carries_no_root_key() -> None:
    sealer = Sealer(ROOT, "owner")
    sent = pickle.dumps(sealer)
    assert ROOT not in sent
    assert pickle.loads(sent).open(sealer.seal(b"Budi", b"row"), b"row") == b"Budi"
