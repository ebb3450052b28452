"""The files that the print house and the post leave for us, as a folder that is read until nothing new is in it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cakra.outside.letter.print_house import PrintHouse, TheirFile
from cakra.outside.letter.receipts import Responses, keep_refused, keep_response, known_responses, receive_responses
from cakra.outside.letter.spool import LetterSpool


@dataclass(frozen=True, slots=True)
class HouseFile:
    """One file as it was fetched; see `ResponseFile` of core/delivery/print_house.py."""

    spool: LetterSpool
    file: TheirFile
    raw: bytes = field(repr=False)
    zone: str

    @property
    def name(self) -> str:
        """Its name there."""
        return self.file.name

    async def read(self, at: datetime) -> Responses:
        """What it says."""
        return await asyncio.to_thread(receive_responses, self.spool, self.name, self.raw, at, self.zone)

    async def refuse(self, why: str) -> None:
        """Keep it apart."""
        await asyncio.to_thread(keep_refused, self.spool, self.name, self.raw, why)

    async def done(self) -> None:
        """Keep it as read."""
        await asyncio.to_thread(keep_response, self.spool, self.file, self.raw)


@dataclass(frozen=True, slots=True)
class HouseFolder:
    """`folder` on the print house's machine; times in its files are of `zone`."""

    spool: LetterSpool
    house: PrintHouse
    folder: str
    zone: str

    async def fetch(self) -> Sequence[HouseFile]:
        """What was written there since."""
        known = await asyncio.to_thread(known_responses, self.spool)
        found = await self.house.responses(self.folder, known)
        return [HouseFile(self.spool, file, raw, self.zone) for file, raw in found.items()]
