"""Named SQL: each room keeps its statements in a `.sql` file, one `-- name: …` block each.

A block reads: `-- name: find_owners`, then comment lines that say why, then one statement. A block whose name begins
with an underscore is a fragment: it stands wherever a statement of the same file says its name in braces.
"""

import re
from functools import cache
from importlib import resources

from cakra.kit.errors import SetupError

_NAME = re.compile(r"^-- name: (?P<name>[a-z_][a-z0-9_]*)\s*$", re.MULTILINE)


class Queries:
    """The statements of one file as attributes: `SQL.find_owners`."""

    def __init__(self, source: str, statements: dict[str, str]) -> None:
        self._source = source
        self.statements = statements

    def __getattr__(self, name: str) -> str:
        try:
            return self.statements[name]
        except KeyError:
            raise AttributeError(f"{self._source} has no query named {name}") from None


def parse_queries(text: str, source: str) -> Queries:
    """Split a file into its named statements; SetupError on a repeated name or text before the first."""
    marks = list(_NAME.finditer(text))
    statements: dict[str, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : following.start() if following else len(text)].strip().rstrip(";")
        if mark["name"] in statements:
            raise SetupError(f"{source} names the query {mark['name']} twice; rename one.")
        statements[mark["name"]] = body
    fragments = {name: statements.pop(name) for name in list(statements) if name.startswith("_")}
    for name, statement in statements.items():
        for fragment, words in fragments.items():
            statements[name] = statement = statement.replace(f"{{{fragment}}}", words)  # noqa: PLW2901 - one after another
    return Queries(source, statements)


@cache
def load_queries(package: str, file: str = "queries.sql") -> Queries:
    """The named queries of a room's package, for example those of `cakra.journey.ownership`."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return parse_queries(text, f"{package}/{file}")
