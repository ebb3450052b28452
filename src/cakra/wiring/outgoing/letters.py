"""Letters: what sets and keeps them, and the print house's day, as the settings say."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.delivery.post import PrintDay, PrintRules
from cakra.delivery.proof.proofs import ProofDesk
from cakra.kit.settings import Letter
from cakra.outside.letter import (
    BatchDesk,
    HouseFolder,
    LetterPress,
    LetterSender,
    LetterSpool,
    PrintHouse,
    packaged_offices,
    read_batch_key,
    read_offices,
    read_signer,
)
from cakra.wiring.world import World, offences_today


def letter_spool(settings: Letter) -> LetterSpool:
    """Where letters wait; SetupError when the folder cannot be used."""
    return LetterSpool(settings.spool, prefix=settings.prefix, zone=settings.zone)


def print_day(world: World, proofs: ProofDesk) -> PrintDay:
    """The print house's day as configured, only kept letters without a print house; SetupError names what is wrong."""
    settings = world.settings.letter
    spool, house = letter_spool(settings), print_house(settings)
    desk, responses = None, None
    if house is not None:
        if settings.signing_key is None:
            raise SetupError("CAKRA_LETTER__SIGNING_KEY is empty: a batch is signed. Make one with openssl genpkey.")
        desk = BatchDesk(spool, house, read_batch_key(settings.signing_key), settings.service_class)
        responses = HouseFolder(spool, house, settings.responses, settings.zone)
    every, kept = timedelta(seconds=settings.look_every_s), timedelta(days=settings.keep_days)
    rules = PrintRules(settings.sender, ZoneInfo(settings.zone), settings.cut_off, every, kept)
    return PrintDay(world.pool, world.url, proofs, spool, desk, responses, rules)


def letter_days(settings: Letter) -> list[tuple[date, str, int, str]]:
    """Each day with letters: its batch, how many, and what became of them."""
    spool, days = letter_spool(settings), []
    for day in spool.days():
        frozen = spool.frozen(day)
        closed = "with the print house" if spool.handed_over(day).exists() else "closed, not handed over"
        letters = len(frozen) if frozen else len(spool.waiting(day))
        days.append((day, spool.batch_name(day), letters, closed if frozen else "open"))
    return days


def kept_letters(settings: Letter, day: date) -> list[tuple[str, Path | None]]:
    """The references of a day's letters, each with its PDF as long as it is kept."""
    spool = letter_spool(settings)
    files = [
        (one.reference, spool.folder(day) / f"{one.reference}.pdf") for one in spool.frozen(day) or spool.waiting(day)
    ]
    return [(reference, file if file.exists() else None) for reference, file in files]


def letter_sender(world: World) -> LetterSender:
    """The office that sets, signs and keeps letters; SetupError names the file that cannot be read."""
    settings = world.settings.letter
    signer = read_signer(settings.certificate, settings.passphrase) if settings.certificate else None
    return LetterSender(settings.sender, letter_press(world), letter_spool(settings), signer)


def letter_press(world: World) -> LetterPress:
    """What sets the letters of our offices; SetupError names the file that cannot be read."""
    settings = world.settings.letter
    try:
        offices = read_offices(settings.offices.read_text("utf-8")) if settings.offices else packaged_offices()
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"The offices of CAKRA_LETTER__OFFICES cannot be read: {problem}.") from problem
    signed = settings.certificate is not None
    return LetterPress(offices, citations(world), demo=world.settings.demo, signed=signed, zone=settings.zone)


def citations(world: World) -> Mapping[str, str]:
    """Offence as worded in a message → the article that a letter cites, as the law of today has it."""
    return {label: one.citation for one in offences_today(world) for label in (one.label_id, one.label_en)}


def print_house(settings: Letter) -> PrintHouse | None:
    """The account at the print house, None without one; SetupError names what is missing."""
    if not settings.host:
        return None
    if settings.key_file is None or settings.known_hosts is None:
        missing = "KEY_FILE" if settings.key_file is None else "KNOWN_HOSTS"
        raise SetupError(f"CAKRA_LETTER__{missing} is empty: a print house is met with a key and its own host key.")
    return PrintHouse(
        settings.host,
        settings.port,
        settings.user,
        settings.key_file,
        settings.known_hosts,
        settings.folder,
        settings.timeout_s,
    )
