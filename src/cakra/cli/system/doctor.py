"""`cakra doctor`: one line a check, and what to do."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from cakra.cli.edges import EXIT_INPUT
from cakra.kit.console import say
from cakra.wiring.checkup import check_up


def doctor(
    *, as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print the report as JSON.")] = False
) -> None:
    """Check this installation: a line for each thing, with what to do about what is wrong.

    Ends with 0 when all is well and with 2 when something is not. An embedded database that does not run is
    started for the check and stopped again.
    """
    report = asyncio.run(check_up())
    if as_json:
        say(json.dumps([asdict(one) for one in report], ensure_ascii=False))
    else:
        width = max(len(one.check) for one in report)
        for one in report:
            found = f"{one.found} {one.todo}".strip()
            say(f"{'ok' if one.ok else 'problem':<7}  {one.check:<{width}}  {found}")
    if not all(one.ok for one in report):
        sys.exit(EXIT_INPUT)
