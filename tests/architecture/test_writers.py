"""A case and a notice have one writer each: no statement elsewhere changes their rows."""

import ast
import re

import pytest
from tests.architecture.source import PACKAGE, modules

from cakra.store.sql import parse_queries

# The writers, what ends a row when its time is over, and what makes rows of its own for measuring.
WRITERS = ("store/cases", "store/notices/", "store/upkeep/erasing")
APART = ("store/migrations/", "bench/")
TABLES = r"(?:only\s+)?(?:public\.)?\"?(?:case_file|notice)\"?(?![a-z0-9_])"
CHANGES = re.compile(
    rf"\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?|copy)\s+{TABLES}", re.IGNORECASE
)
COPIED = {"case_file", "notice"}


def is_apart(path: str) -> bool:
    """Whether this file may hold such statements."""
    return path.startswith(WRITERS + APART)


def without_comments(statement: str) -> str:
    """A statement as PostgreSQL reads it."""
    return re.sub(r"--[^\n]*|/\*.*?\*/", " ", statement, flags=re.DOTALL)


def joined(node: ast.expr) -> str:
    """The text of a concatenation, with blanks for what is no literal."""
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return joined(left) + joined(right)
        case ast.Constant(value=str(text)):
            return text
    return " "


def changes_in_code(tree: ast.AST) -> list[str]:
    """Statements in literals, f-strings and concatenations, and rows that are copied into one of the tables."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if CHANGES.search(without_comments(text)):
                found.append(text)
            case ast.JoinedStr(values=parts):
                words = "".join(part.value if isinstance(part, ast.Constant) else " x " for part in parts)
                if CHANGES.search(without_comments(words)):
                    found.append(words)
            case ast.BinOp(op=ast.Add()) if CHANGES.search(words := joined(node)):
                found.append(words)
            case ast.Call(func=ast.Attribute(attr="copy_records_to_table") | ast.Name(id="Record"), args=[first, *_]):
                if isinstance(first, ast.Constant) and first.value in COPIED:
                    found.append(f"rows copied into {first.value}")
    return found


def changes_in_queries() -> list[tuple[str, str]]:
    """File and name of every named statement that changes a case or a notice."""
    return [
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in sorted(PACKAGE.rglob("*.sql"))
        if path.parent.name != "migrations"
        for name, statement in parse_queries(path.read_text("utf-8"), path.name).statements.items()
        if CHANGES.search(without_comments(statement))
    ]


def test_no_statement_outside_the_writers_changes_a_case_or_a_notice() -> None:
    named = [f"{path}: {name}" for path, name in changes_in_queries() if not is_apart(path)]
    written = [
        f"{one.path}: {text[:80]}" for one in modules() if not is_apart(one.path) for text in changes_in_code(one.tree)
    ]
    assert not named + written, "let store/cases or store/notices write it"


def test_the_writers_are_found_by_what_they_write() -> None:
    """The search sees what is there; a search that sees nothing would prove nothing."""
    names = {name for path, name in changes_in_queries() if path.startswith(WRITERS)}
    assert {"claim", "write_back", "unprove_cases", "take_next", "claim_sends", "move_notices", "word_notices"} <= names


@pytest.mark.parametrize(
    "code",
    [
        "SQL = \"update notice n set state = 'sent'\"",
        "SQL = f\"update {'x'} set a = 1; delete   from notice where cell = {1}\"",
        "SQL = 'with a as (select 1) insert into\\n case_file (cell) select 1'",
        "SQL = 'upd' 'ate case_file set plate = null'",
        "SQL = 'update ' + 'not' + 'ice set due_at = now()'",
        "SQL = 'UPDATE ONLY public.notice SET tries = 0'",
        "await connection.copy_records_to_table('notice', records=rows)",
        "Record('notice', 1, 2, {})",
    ],
)
def test_a_statement_of_any_shape_is_found(code) -> None:
    assert changes_in_code(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "SQL = 'update notice_words set a = 1'",
        "SQL = 'select state from notice n for update of n'",
        "SQL = '-- update notice\\nselect 1'",
        "'Every update of a notice goes through its writer.'",
    ],
)
def test_what_changes_no_case_and_no_notice_is_left_alone(code) -> None:
    assert not changes_in_code(ast.parse(code))
