"""`cakra exemption …`: the registry of exempt vehicles."""

from datetime import date, datetime
from typing import Annotated

from cyclopts import App, Parameter

from cakra.cli.camera import in_world
from cakra.core.errors import InputError
from cakra.core.identifiers.plate import parse_plate
from cakra.core.law.exemptions import Exemption
from cakra.core.paper import day_begins
from cakra.core.tables.values import day_or_instant_of, end_of, is_nothing, plain_code, plain_text
from cakra.journey.screening.exempting import add_exemption, list_exemptions
from cakra.kit.clock import now
from cakra.kit.console import say, say_table

exemption = App(name="exemption", help="Enter and list exemptions of vehicles.")
_ZONE = "Asia/Jakarta"


@exemption.command
def add(
    plate: Annotated[str, Parameter(help="The vehicle's plate.")],
    *,
    basis: Annotated[str, Parameter(help="The legal ground, such as AMBULANS; the law files list them.")],
    document: Annotated[str, Parameter(help="The number of the document that it rests on.")],
    approver: Annotated[str, Parameter(help="Who approved it.")],
    offence: Annotated[
        tuple[str, ...], Parameter(negative="", help="An offence code; again for more. All of the ground if left out.")
    ] = (),
    since: Annotated[str | None, Parameter(name="--from", help="First day; from now on when left out.")] = None,
    until: Annotated[str | None, Parameter(name="--to", help="Last day; open when left out.")] = None,
    zone: Annotated[str, Parameter(help="The time zone in which these days begin and end.")] = _ZONE,
    duty_proof: Annotated[bool, Parameter(help="Whether an officer must see proof that it was on duty.")] = True,
) -> None:
    """Enter an exemption; one that its legal ground does not carry is refused."""
    first, last = _day("--from", since), _day("--to", until)
    entry = Exemption(
        plate=parse_plate(plain_code(plate)).text,
        basis=plain_code(basis),
        offences=frozenset(offence),
        valid_from=day_begins(first, zone) if first else now(),
        valid_to=day_begins(last, zone, later=1) if last else None,
        document=_named("--document", document),
        approver=_named("--approver", approver),
        duty_proof_required=duty_proof,
    )
    number = in_world(lambda world: add_exemption(world.pool, world.law.exemptions, entry), "exemption")
    say(f"Exemption {number} of {entry.plate} entered.")


def _day(option: str, text: str | None) -> date | None:
    """A day in every spelling of the office's papers; None where there is none: left out, `-`, 9999-12-31."""
    told = plain_code(text or "")
    try:
        if end_of(told) is None:
            return None
        day = day_or_instant_of(told)
    except InputError as problem:
        raise InputError(f"{option}: {text!r} {problem.sentence}.") from problem
    return day.date() if isinstance(day, datetime) else day


def _named(option: str, text: str) -> str:
    told = plain_text(text)
    if is_nothing(told):
        raise InputError(f"{option} is empty or a word for nothing; an exemption rests on a document and a person.")
    return told


@exemption.command(name="list")
def show_exemptions(
    plate: Annotated[str | None, Parameter(help="One vehicle's only.")] = None,
) -> None:
    """List the exemptions, of all vehicles or of one; an end is the first instant at which it no longer holds."""
    wanted = parse_plate(plain_code(plate)).text if plate else None
    rows = [
        [
            one.plate,
            one.basis,
            " ".join(sorted(one.offences)) or "all of its ground",
            one.valid_from.isoformat(timespec="minutes"),
            one.valid_to.isoformat(timespec="minutes") if one.valid_to else "",
            one.document,
            one.approver,
            "yes" if one.duty_proof_required else "no",
        ]
        for one in in_world(lambda world: list_exemptions(world.pool, wanted), "exemption")
    ]
    columns = ["plate", "basis", "offences", "from", "until", "document", "approver", "duty proof"]
    say_table("Exemptions", columns, rows)
