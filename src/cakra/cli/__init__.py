"""The command line: every command has `--help`, one clear line on bad input, and a non-zero exit."""

import sys

from cyclopts import App

from cakra.core.errors import CakraError, StoreError
from cakra.kit.settings import load_settings

EXIT_INPUT, EXIT_STORE = 2, 3


def build_app() -> App:
    """All commands; their modules are imported here and not before, so that `--help` is quick."""
    from cakra.cli import bench, database, demo, directory, registry, serve

    app = App(
        name="cakra", help="Cakra Presisi: from a traffic camera's record to a verified notice, and on to payment."
    )
    for module in (serve, demo, database, registry, directory, bench):
        module.add_commands(app)
    return app


def main() -> None:
    """Run one command; a CakraError becomes its sentence and a non-zero exit."""
    from cakra.kit import logs

    try:
        logs.configure(level=load_settings().log_level)
        build_app()()
    except CakraError as problem:
        sys.stderr.write(f"cakra: {problem.sentence}\n")
        sys.exit(EXIT_STORE if isinstance(problem, StoreError) else EXIT_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
