"""`cakra template check FILE`: the lint that a wording passes before it is kept or used."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.core.errors import InputError
from cakra.journey.notice.rules import lint, parse_templates
from cakra.kit.console import say
from cakra.wiring.official.hosts import official_hosts

template = App(name="template", help="Check the wording of messages before it is used.")
_LARGEST_FILE = 1024 * 1024


@template.command
def check(
    file: Annotated[Path, Parameter(help="Wordings as in journey/notice/templates.toml: a [[template]] table each.")],
) -> None:
    """Hold every wording of a file against the lint and the official hosts; every problem is listed."""
    templates = parse_templates(_read(file))
    if not templates:
        raise InputError(f"{file} holds no wording; it needs a [[template]] table for each.")
    hosts = sorted(in_world(lambda world: official_hosts(world.pool, world.settings), "template"))
    problems = [f"{one.name} ({one.language}): {problem}" for one in templates for problem in lint(one, hosts)]
    for problem in problems:
        say(problem)
    if problems:
        raise InputError(f"{file} breaks the lint in {len(problems)} places; mend them all before it is used.")
    say(f"{len(templates)} wordings may be used; they name no host but {', '.join(hosts) or 'none'}.")


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{file} is larger than {_LARGEST_FILE // 1024**2} MB; that is no file of wordings.")
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise InputError(f"{file} is not UTF-8 (byte {problem.start}); save it as UTF-8.") from problem
