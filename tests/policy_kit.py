"""Policies for tests: a book of packaged and given editions, and editions put in force without officers."""

from datetime import date
from functools import cache

from tests.core.law_texts import law_book

from cakra.core.policy.editions import Edition, Editions, PolicyBook
from cakra.core.states.deadline import NATIONAL
from cakra.journey.screening.deciding.governed import Rulebook
from cakra.plates.decision.files import load_calibration
from cakra.store.policies import Draft, enact
from cakra.store.policies.reading import packaged_text
from cakra.wiring.policies import KINDS, packaged_book

EVER = date(2000, 1, 1)


@cache
def packaged():
    """Kind → text of edition 0."""
    return {kind.name: packaged_text(kind) for kind in KINDS}


def book_of(**texts):
    """The packaged editions, and the nation's first of these kinds (name=text), in force since ever."""
    approved = [Edition(kind, NATIONAL, 1, EVER, text) for kind, text in texts.items()]
    return PolicyBook(Editions(KINDS, packaged(), approved))


def rulebook(book=None):
    """What screening decides by."""
    return Rulebook(book or packaged_book(), load_calibration(), law_book().holidays)


def automation(mode, **own):
    """The text of an automation policy: of every offence, and of single ones."""
    modes = {"*": mode, **own}
    return "".join(f'[[automation]]\noffence = "{code}"\nmode = "{one}"\n' for code, one in modes.items())


async def put_in_force(pool, book, kind, text, *, jurisdiction=NATIONAL, day=EVER):
    """This text is what holds there from that day on."""
    await enact(pool, book, Draft(kind, jurisdiction, day, text))
