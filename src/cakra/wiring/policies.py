"""The kinds of policy of this program, the book of a process, and who may write in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from cakra.core.errors import SetupError
from cakra.core.law.book import LawBook
from cakra.core.policy.editions import PolicyBook
from cakra.core.policy.kind import PolicyKind, Scope
from cakra.core.policy.kinds import CORE_KINDS
from cakra.core.states.deadline import NATIONAL
from cakra.journey.notice.wordings import TEMPLATES
from cakra.kit.logs import get_logger
from cakra.kit.settings import Settings
from cakra.store.db import Database, Pool
from cakra.store.policies import PolicyDesk, open_book, renew_book
from cakra.store.policies.reading import packaged_text

KINDS: Final[tuple[PolicyKind[Any], ...]] = (*CORE_KINDS, TEMPLATES)
_LOOK_EVERY_S = 1.0
_log = get_logger(__name__)


def packaged_book() -> PolicyBook:
    """The packaged editions alone."""
    return open_book(KINDS)


@asynccontextmanager
async def kept_book(pool: Pool) -> AsyncIterator[PolicyBook]:
    """The editions in force; an approval is seen within a second or two, without a question by whoever decides.

    Before the first migration the packaged editions alone. StoreError while the database is away.
    """
    book = packaged_book()
    if await pool.fetchval("select to_regclass('policy') is not null"):
        await renew_book(pool, book)
    looking = asyncio.create_task(_look_again(pool, book), name="policies")
    try:
        yield book
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look_again(pool: Pool, book: PolicyBook) -> None:
    told = False
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            if await renew_book(pool, book):
                _log.info("policies_renewed")
            told = False
        except Exception as problem:  # noqa: BLE001 - what is known holds on while the database is away
            if not told:
                _log.warning("policies_not_read", problem=type(problem).__name__)
            told = True


async def policies_told(_settings: Settings, database: Database, _url: str) -> str:
    """For `cakra doctor`: how many editions are on file; SetupError names those that this version cannot read."""
    book = packaged_book()
    await renew_book(database, book)
    if unreadable := book.editions.unreadable:
        raise SetupError(f"This version cannot read {', '.join(sorted(unreadable))}.")
    approved = sum(len(book.editions.of(kind.name)) - 1 for kind in KINDS)
    return f"{len(KINDS)} kinds, {approved} editions approved here"


def policy_desk(pool: Pool, book: PolicyBook, law: LawBook) -> PolicyDesk:
    """Drafting and approving."""
    return PolicyDesk(pool, book, law.offences.codes)


def check_packaged(law: LawBook, today: date, folder: Path | None = None) -> list[str]:
    """What is wrong with the packaged editions, or with files of the same names in a folder, a sentence each."""
    scope, problems = Scope(NATIONAL, today, law.offences.codes), []
    for kind in KINDS:
        text = packaged_text(kind) if folder is None else _text_of(kind, folder)
        problems += [f"{Path(kind.files[0]).name}: {fault}" for fault in kind.faults(text, scope)]
    return problems


def _text_of(kind: PolicyKind[Any], folder: Path) -> str:
    return "\n".join((folder / Path(name).name).read_text(encoding="utf-8") for name in kind.files)
