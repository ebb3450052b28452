"""Image processes: the models are opened once in each, and one that is lost or takes too long is replaced."""

import asyncio
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from cakra.core.errors import SetupError
from cakra.journey.screening.look import Seen, Shot, look_at, open_reader
from cakra.kit.killable import JobTooSlow, KillableProcesses
from cakra.kit.logs import get_logger
from cakra.plates.decision.terms import DecisionTerms

_log = get_logger(__name__)
_MOST_S = 1.5
"""A case may take so many times the limit of one picture: the others of its set wait behind it under one lease."""


class ImagePool:
    """Looks at photographs in processes of its own, so that the worker's loop never waits for a model."""

    def __init__(self, processes: int, terms: DecisionTerms, stamp: str | None, *, picture_s: float) -> None:
        """`terms`: with which the models are opened; each look names its own."""
        self._stamp = stamp
        self.picture_s = picture_s
        """So long may one photograph be looked at."""
        self._processes = KillableProcesses(processes, partial(open_reader, terms))

    async def open(self) -> None:
        """Start the processes and open their models; ModelMissingError before the first case, not with it."""
        try:
            await self._processes.open()
        except BrokenProcessPool as problem:
            raise SetupError("The image processes end as they start; see what they say above.") from problem

    async def look(self, cases: Sequence[Sequence[Shot]], terms: Sequence[DecisionTerms]) -> list[Seen]:
        """One result a case, in order; a killed image process costs a retry, not a case.

        A case whose pictures took too long has no reading and says so.
        """
        return list(
            await asyncio.gather(*(self._look(list(shots), own) for shots, own in zip(cases, terms, strict=True)))
        )

    async def _look(self, shots: list[Shot], terms: DecisionTerms) -> Seen:
        if not shots:
            return Seen((), ())
        limit = self.picture_s * min(len(shots), _MOST_S)
        try:
            return await self._processes.run(limit, look_at, shots, terms, self._stamp)
        except JobTooSlow:
            _log.warning("image_look_killed", pictures=len(shots), seconds=limit)
            return Seen((None,) * len(shots), (), too_slow=True)

    async def close(self) -> None:
        """Let running pictures finish and end the processes."""
        await self._processes.close()
