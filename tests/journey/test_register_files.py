"""Whatever stands in a register file: each of its rows is taken or refused, and none counts twice. No database."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from register_files import row, sealer

from cakra.core.errors import InputError
from cakra.journey.ownership.reading.files import open_register
from cakra.journey.ownership.reading.sealing import Sealing

NAMES = list(row())
GOOD_LINE = ",".join(value.replace(",", " ") for value in row().values())
_FIELD = st.one_of(
    st.sampled_from(
        ["", '"', '""', "'", "NULL", "9999-12-31", "81234567890.0", "Jl. X, RT 1", "\x00", "=1+1", '"open', 'x"']
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12),
)
_LINE = st.one_of(st.just(GOOD_LINE), st.lists(_FIELD, min_size=1, max_size=22).map(",".join))


def judged(path: Path) -> tuple[int, set[int], int]:
    """Rows taken, the lines refused, and how often a line was refused."""
    file = open_register(path)
    sealing = Sealing(sealer(), file.layout, len(file.header))
    chunks = [sealing.seal_chunk(chunk) for chunk in file.chunks()]
    wrong = [one.line for chunk in chunks for one in chunk.wrong]
    return sum(chunk.count for chunk in chunks), set(wrong), len(wrong)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINE, max_size=30))
def test_every_line_of_a_csv_is_taken_or_refused(lines):
    """Lines without a line end inside their quotes: then rows in are the lines that are not blank."""
    text = "\n".join([",".join(NAMES), *lines]) + "\n"
    filled = [number for number, line in enumerate(lines, 2) if line]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_text(text, encoding="utf-8", newline="")
        taken, refused, times = judged(path)
    assert times == len(refused), "a line is refused once"
    assert refused <= set(filled)
    joined = len(filled) - taken - times
    # Two lines may be one row only where a quote opens in the first and closes in the second.
    assert 0 <= joined <= sum(line.count('"') for line in lines) // 2
    assert taken >= _sound_runs(lines)


def _sound_runs(lines: list[str]) -> int:
    """Good rows with no quote anywhere: all of them must be taken."""
    return lines.count(GOOD_LINE) if not any('"' in line for line in lines) else 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=120))
def test_a_row_with_an_open_quote_costs_no_other_row(opens):
    lines = [GOOD_LINE.replace("Rangga", '"Rangga') if is_open else GOOD_LINE for is_open in opens]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_text("\n".join([",".join(NAMES), *lines]) + "\n", encoding="utf-8")
        taken, refused, times = judged(path)
    assert taken == opens.count(False)
    assert refused == {number for number, is_open in enumerate(opens, 2) if is_open}
    assert times == len(refused)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({}, optional={name: st.one_of(st.none(), _FIELD) for name in NAMES}), max_size=20)
)
def test_every_row_of_a_parquet_file_is_taken_or_refused(changes):
    rows = [dict(row()) | change for change in changes]
    schema = pa.schema([(name, pa.string()) for name in NAMES])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema), path)
        taken, refused, times = judged(path)
    assert taken + times == len(rows)
    assert times == len(refused)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_a_file_of_any_bytes_is_read_or_refused_with_a_sentence(raw):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_bytes(",".join(NAMES).encode() + b"\n" + raw)
        told = ""
        taken = times = 0
        try:
            taken, _, times = judged(path)
        except InputError as refusal:
            told = refusal.sentence
    assert told or taken + times <= raw.count(b"\n") + raw.count(b"\r") + 1


def test_a_quoted_field_may_hold_a_line_end(tmp_path):
    path = tmp_path / "r.csv"
    two = GOOD_LINE.replace("Jl. Contoh Melati", '"Jl. Contoh\nMelati').replace(" Jakarta Selatan", ' Jakarta Selatan"')
    path.write_text("\n".join([",".join(NAMES), two, GOOD_LINE]) + "\n", encoding="utf-8")
    assert judged(path) == (2, set(), 0)
