"""Stable words found in the syntax of the code: keys of the timeline, codes of errors."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cakra.core.errors import CakraError

OUTCOME_TOLD, MOVE_TOLD = 3, 1
TOLD_NAMES = {"told", "case_told"}


def trees(source: Path) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file below `source`, with its path there."""
    for path in sorted(source.rglob("*.py")):
        yield path.relative_to(source).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def told_keys(source: Path) -> Mapping[str, tuple[str, ...]]:
    """Key of the timeline → the files that tell it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in trees(source):
        if not path.startswith(("journey/", "delivery/", "engine/", "store/")):
            continue
        tables = _tables(tree)
        for node in ast.walk(tree):
            for key in _told(node, tables):
                found[key].add(path)
    return {key: tuple(sorted(places)) for key, places in sorted(found.items())}


def _told(node: ast.AST, tables: Mapping[str, ast.expr]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="Outcome"), args=args) if any(isinstance(one, ast.Starred) for one in args):
            # Outcome(*case.key, move, told, …): two places are starred.
            yield from _constants(args[OUTCOME_TOLD - 1], tables)
        case ast.Call(func=ast.Name(id="Outcome"), args=args) if len(args) > OUTCOME_TOLD:
            yield from _constants(args[OUTCOME_TOLD], tables)
        case ast.Call(func=ast.Name(id="Move"), args=args) if len(args) > MOVE_TOLD:
            yield from _constants(args[MOVE_TOLD], tables)
        case ast.keyword(arg=name, value=value) if name in TOLD_NAMES:
            yield from _constants(value, tables)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in TOLD_NAMES:
            yield from _constants(value, tables)
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Subscript(value=ast.Name(id=table))):
            places = [place for place, name in enumerate(names) if isinstance(name, ast.Name) and name.id == "told"]
            for row in _rows(tables.get(table)):
                yield from (key for place in places for key in _constants(row.elts[place], tables))
        case _:
            return


def _constants(value: ast.expr, tables: Mapping[str, ast.expr]) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(key)):
            yield key
        case ast.IfExp(body=body, orelse=orelse):
            yield from _constants(body, tables)
            yield from _constants(orelse, tables)
        case ast.DictComp(value=inner):
            yield from _constants(inner, tables)
        case ast.Subscript(value=ast.Name(id=table)):
            match tables.get(table):
                case ast.Dict(values=values):
                    for one in values:
                        yield from _constants(one, tables)


def _tables(tree: ast.Module) -> dict[str, ast.expr]:
    tables: dict[str, ast.expr] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                tables[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                tables[name] = value
    return tables


def _rows(table: ast.expr | None) -> list[ast.Tuple]:
    return [row for row in table.values if isinstance(row, ast.Tuple)] if isinstance(table, ast.Dict) else []


class ErrorCode(NamedTuple):
    """A stable code with the kind that carries it, its sentence (variables as …) and the file."""

    code: str
    kind: str
    sentence: str
    path: str


def kinds() -> list[type[CakraError]]:
    """Every error kind, parents first."""
    found, waiting = [], [CakraError]
    while waiting:
        kind = waiting.pop(0)
        found.append(kind)
        waiting += [child for child in kind.__subclasses__() if child.__module__.endswith(".errors")]
    return found


def error_codes(source: Path) -> list[ErrorCode]:
    """Every `code=` that an error is raised with."""
    names = {kind.__name__ for kind in kinds()}
    found = set()
    for path, tree in trees(source):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=kind), args=[sentence, *_], keywords=keywords) if kind in names:
                    for keyword in keywords:
                        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                            found.add(ErrorCode(str(keyword.value.value), kind, _sentence(sentence), path))
    return sorted(found)


def _sentence(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_sentence(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sentence(left) + _sentence(right)
        case _:
            return "…"
