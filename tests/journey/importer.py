"""Imports a register as a process of its own and tells each step of the progress; made to be killed."""

import asyncio
import sys
from pathlib import Path

from register_files import sealer

from cakra.journey.ownership.importing.register import import_register
from cakra.store.connect import create_pool


def tell(done: int, total: int | None) -> None:
    sys.stdout.write(f"{done} of {total}\n")
    sys.stdout.flush()


async def main(url: str, path: str) -> None:
    pool = await create_pool(url, min_size=1, max_size=2, name="doomed import")
    report = Path(path + ".wrong")
    await import_register(pool, sealer(), Path(path), source="doomed", synthetic=True, report=report, progress=tell)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
