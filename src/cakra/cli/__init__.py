"""The command line: every command has `--help`, one clear line on bad input, and a non-zero exit."""

import sys
from contextlib import suppress

from cyclopts import App

from cakra.cli.edges import EXIT_INPUT, EXIT_STORE, leave
from cakra.core.errors import SetupError

__all__ = ["COMMANDS", "EXIT_INPUT", "EXIT_STORE", "build_app", "main"]

# Where each command is, and its line in `cakra --help`; its module is imported when it is called.
COMMANDS = (
    ("up", "system.serve", "Run the whole system: database, web server and worker."),
    ("web", "system.serve", "Serve cameras, citizens, officers and provider callbacks over HTTP."),
    ("worker", "system.serve", "Move cases: screening, owners, notices, sending, receipts, deadlines."),
    ("demo", "system.demo", "Show everything with invented people, on this machine only."),
    ("sandbox", "system.demo", "Simulate the WhatsApp provider and the owners' phones, on this machine only."),
    ("doctor", "system.doctor", "Check this installation and say what to do about what is wrong."),
    (
        "db",
        "system.database",
        "Migrate the database, see where it stands, make its roles, stop it, open a shell.",
    ),
    ("registry", "registry", "Import the register of vehicles and owners."),
    ("jurisdiction", "camera", "Add and list the regional police whose cases are kept here."),
    ("camera", "camera", "Import and list cameras, and see to their keys."),
    ("quarantine", "quarantine", "See what doors set aside, try it again, or drop it."),
    ("officer", "staff.officer", "Add, list and disable officers, and record who authorises charges."),
    ("grant", "staff.grant", "Give an officer a role somewhere for a while, list what was given, end it."),
    ("order", "staff.order", "See what waits for a second officer, approve it or reject it."),
    ("refusal", "staff.refusal", "See what was refused to officers, and failed sign-ins."),
    ("sender", "delivery.sender", "See how the official senders work, and let a stopped one go on."),
    ("letter", "delivery.letter", "See the letters that wait, and do the print house's day by hand."),
    ("pause", "delivery.pause", "Let nothing leave: everything, a jurisdiction, a channel or a sender."),
    ("resume", "delivery.pause", "End a pause, as a second person."),
    ("official", "delivery.official", "Register what speaks in our name, and publish it signed."),
    ("template", "delivery.template", "Check the wording of messages before it is used."),
    ("aside", "system.aside", "See what fails again and again where it stands, and try it again."),
    ("retention", "retention", "See how long what is kept is kept, erase what is past it, and hold cases."),
    ("case", "delivery.case", "Read what happened to one case."),
    ("reference", "delivery.reference", "See the references of a case, and replace one that others came to know."),
    ("cost", "delivery.cost", "See what delivery costs, and set budgets."),
    ("exemption", "exemption", "Enter and list exemptions of vehicles."),
    ("law", "registry", "Check the law files and the packaged policies."),
    ("policy", "policy", "See what the directorate decides for itself; draft and approve editions of it."),
    ("plates", "plates", "Train and calibrate the reader of number plates."),
    ("bench", "system.bench", "Measure how well plates are read and how fast cases move."),
)


def build_app() -> App:
    """All commands. A wrong argument raises CycloptsError; `main` turns it into one line."""
    app = App(
        name="cakra",
        help="Cakra Presisi: from a traffic camera's record to a verified notice, and on to payment.",
        help_epilogue="Settings come from `cakra.toml` and CAKRA_* variables; `cakra doctor` checks them.",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for place, (name, module, told) in enumerate(COMMANDS):
        app.command(f"cakra.cli.{module}:{name}", name=name, help=told, sort_key=place)
    return app


def main() -> None:
    """Run one command; whatever goes wrong becomes its sentence and a non-zero exit."""
    try:
        try:
            _configure_logs()
            # Told explicitly: left to itself cyclopts warns wherever a library has imported pytest.
            build_app()(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except BaseException as problem:  # noqa: BLE001 - the edge: `leave` raises again what it does not know
        sys.exit(leave(problem))


def _configure_logs() -> None:
    """At the configured level; settings that cannot be read are told by the command that needs them."""
    from cakra.kit import logs
    from cakra.kit.settings import load_settings

    level = "info"
    with suppress(SetupError):
        level = load_settings().log_level
    logs.configure(level=level, as_json=not sys.stderr.isatty())
