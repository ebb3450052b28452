"""Rows of CSV: what an open quote reaches, what a quoted line end keeps together, and where each row begins."""

import pytest

from cakra.core.tables.records import TableRecord, read_records


def read(text, **known):
    return list(read_records(text.splitlines(keepends=True), ";", **known))


def lines_of(rows):
    return [(row.line, bool(row.fault)) for row in rows]


def test_rows_have_the_line_they_begin_on_and_blank_lines_are_none():
    rows = read("a;b\n\n1;2\n", first_line=5)
    assert rows == [TableRecord(5, ["a", "b"]), TableRecord(7, ["1", "2"])]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_end_inside_quotes_belongs_to_the_field(end):
    rows = read(f'a;"Jl. X{end}RT 1";c{end}d;e;f{end}', width=3)
    assert [list(row.values) for row in rows] == [["a", f"Jl. X{end}RT 1", "c"], ["d", "e", "f"]]
    assert lines_of(rows) == [(1, False), (3, False)]


def test_a_carriage_return_inside_quotes_is_a_line_end_too():
    rows = list(read_records(['a;"x;y\r', '1;2";c\n'], ";", 3))
    assert lines_of(rows) == [(1, True), (2, False)]


def test_an_open_quote_costs_its_own_line_only_and_says_how_far_it_reached():
    rows = read('a;"b;c\nd;e;f\ng;h;i\n', width=3, first_line=10)
    assert rows[0] == TableRecord(
        10,
        ["a", "b", "c"],
        "lines 10 to 12: a quotation mark opened on line 10 is not closed where its field ends; "
        "line 10 was not taken, those after it were read each for itself",
    )
    assert rows[1:] == [TableRecord(11, ["d", "e", "f"]), TableRecord(12, ["g", "h", "i"])]


def test_two_open_quotes_do_not_make_one_row_of_the_rows_between():
    rows = read('a;"b;c\nd;e;f\ng;h";i\n', width=3)
    assert lines_of(rows) == [(1, True), (2, False), (3, False)]


def test_a_quoted_field_may_hold_a_delimiter_and_a_line_end():
    (row,) = read('a;"Jl. X; no. 5\nRT 1";c\n', width=3)
    assert list(row.values) == ["a", "Jl. X; no. 5\nRT 1", "c"]
    rows = read('a;"Jl. X; no. 5;\nRT 1";c\n', width=3)
    assert lines_of(rows) == [(1, True), (2, False)], "as many delimiters as a whole row has"
    (row,) = read('a;"x; y\nz; u;\nRT 1";c\n', width=3)
    assert list(row.values) == ["a", "x; y\nz; u;\nRT 1", "c"], "three lines hold fewer delimiters than two rows more"


def test_one_column_may_hold_any_number_of_delimiters_and_line_ends():
    (row,) = read('"a;b;c\nd;e"\n', width=1)
    assert list(row.values) == ["a;b;c\nd;e"]


def test_without_a_known_width_one_delimiter_a_line_is_a_row():
    assert lines_of(read('"a;b\nc"\n')) == [(1, True), (2, False)]
    assert lines_of(read('"a\nb"\n')) == [(1, False)]


def test_several_lines_that_have_not_the_width_of_a_row_are_none():
    assert lines_of(read('a;"b\nc"\n', width=3)) == [(1, True), (2, False)]
    assert lines_of(read('a;"b\nc"\n', width=2)) == [(1, False)]


def test_a_row_of_another_width_on_one_line_is_given_as_it_is():
    """Who knows what the row should be judges it; here it is only split."""
    assert read("a;b\n", width=3) == [TableRecord(1, ["a", "b"])]


def test_letters_behind_a_closing_quote_are_no_row_over_several_lines():
    assert lines_of(read('"a\nb"x;c\n', width=2)) == [(1, True), (2, False)]


@pytest.mark.parametrize(("lines", "faulty"), [(40, False), (41, True)])
def test_one_row_is_at_most_forty_lines(lines, faulty):
    text = '"' + "\n".join(["x"] * lines) + '"\n'
    rows = read(text)
    assert (len(rows) > 1) == faulty
    assert bool(rows[0].fault) == faulty


def test_a_field_beyond_what_the_reader_takes_is_a_fault_of_its_own_line():
    rows = read(f"a;b\n{'x' * 200_000};c\nd;e\n")
    assert lines_of(rows) == [(1, False), (2, True), (3, False)]
    assert rows[1].fault.startswith("line 2 cannot be split into fields (")


def test_the_cells_of_a_line_that_was_not_taken_are_without_their_quotes_and_blanks():
    assert list(read('B 1;  "x" ;"y\nB 2;z;z\n', width=3)[0].values) == ["B 1", "x", "y"]


def test_a_blank_before_a_quoted_field_and_a_mark_behind_the_last_are_none_of_it():
    assert read('"a"; "b; c"\n', width=2)[0].values == ["a", "b; c"]
    assert lines_of(read('a;"b\nc";\nd;e;\n', width=2)) == [(1, False), (3, False)]
