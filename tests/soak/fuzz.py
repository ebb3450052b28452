"""Every parser of foreign bytes against damaged inputs: none may raise what it does not declare, or take seconds.

    python tests/soak/fuzz.py --inputs 10000000

The targets stand in `*_targets.py` beside this file: TARGETS (name → function of bytes) and, where there are any, SEEDS
(name → sound inputs). What once failed is kept in `corpus/NAME/` and tried by the tests of every change. An input that
fails is written to `found/` and told with the seed that drew it; exit 1.
"""

import argparse
import hashlib
import importlib
import logging
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import structlog

from cakra.core.errors import InputError

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE.parents[1] / "tests"), str(HERE.parents[1])]

LONGEST_BYTES = 64 * 1024
LONGEST_S = 5.0
TOKENS: Sequence[bytes] = (
    *(b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf0\x9f\x9a\xa6", b"\xe2\x80\x8b"),
    *(
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        b"--",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"]]>",
        b"%00",
    ),
    *(
        b"0",
        b"-1",
        b"1e999",
        b"NaN",
        b"Infinity",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"2147483648",
        b"9223372036854775808",
    ),
    *(b"99999999999999999999", b"-99999999999999999999", b"0.1", b"1,5", b"8.1234567890E+10", b"081234567890.0"),
    *(b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00Z", b"1970-01-01", b"Fri, 31 Dec 9999 23:59:59 -1200"),
    *(
        b"+99999999999999999999",
        b"=?utf-8?b?/////w==?=",
        b"=HYPERLINK(1)",
        b"@",
        b":",
        b";",
        b",",
        b"\t",
        b" ",
        b"=",
        b"/../",
    ),
    *(
        b"Content-Type: ",
        b"charset=",
        b"boundary=",
        b"base64",
        b"quoted-printable",
        b"B 1234 XYZ",
        b"\xef\xbc\x91",
        b"\xd9\xa1",
    ),
)


def targets() -> Mapping[str, tuple[Callable[[bytes], object], Sequence[bytes]]]:
    """Name → (function, sound and once-failed inputs) of every module of targets."""
    found = {}
    for file in sorted(HERE.glob("*_targets.py")):
        module = importlib.import_module(f"tests.soak.{file.stem}")
        room = file.stem.removesuffix("_targets")
        for name, target in module.TARGETS.items():
            sound = tuple(getattr(module, "SEEDS", {}).get(name, ()))
            kept = tuple(path.read_bytes() for path in sorted((HERE / "corpus" / f"{room}.{name}").glob("*")))
            found[f"{room}.{name}"] = (target, (*sound, *kept, b""))
    return found


def damaged(chance: random.Random, sound: Sequence[bytes]) -> bytes:
    """One input: a sound one with a few damages, now and then nothing but noise."""
    if chance.random() < 0.02:
        return chance.randbytes(chance.randrange(200))
    made = bytearray(chance.choice(sound))
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        at = chance.randrange(len(made) + 1)
        to = min(len(made), at + chance.choice((1, 1, 2, 4, 8, 32, 200)))
        match chance.randrange(9):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1:
                made[at:at] = chance.randbytes(chance.choice((1, 2, 4, 16)))
            case 2:
                del made[at:to]
            case 3:
                made[at:at] = chance.choice(TOKENS)
            case 4:
                made[at:to] = chance.choice(TOKENS)
            case 5:
                other = chance.choice(sound)
                cut = chance.randrange(len(other) + 1)
                made[at:to] = other[cut : cut + chance.choice((4, 16, 64, 400))]
            case 6:
                made[at:at] = made[at:to] * chance.choice((2, 3, 10, 100))
            case 7:
                del made[at:]
            case _:
                made[at:at] = chance.choice(TOKENS) * chance.choice((1, 2, 50, 500))
    return bytes(made[:LONGEST_BYTES])


class TooSlow(Exception):
    """An input took longer than any reader may."""


def try_one(target: Callable[[bytes], object], given: bytes) -> str | None:
    """What went wrong with one input; None when it was read or refused as declared."""

    def late(_number: int, _frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        target(given)
    except TooSlow:
        return f"took more than {LONGEST_S:.0f} s"
    except InputError:  # refused as declared
        return None
    except Exception:  # noqa: BLE001 - that is what is looked for
        return traceback.format_exc(limit=-4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return None


def storm(
    name: str, target: Callable[[bytes], object], sound: Sequence[bytes], inputs: int, seed: int
) -> Iterator[str]:
    """Try so many inputs on one target; the first five failures, each kept in a file."""
    chance = random.Random(f"{seed} {name}")
    failures = 0
    for place in range(inputs):
        given = damaged(chance, sound)
        wrong = try_one(target, given)
        if wrong is None:
            continue
        (HERE / "found").mkdir(exist_ok=True)
        file = HERE / "found" / f"{name}-{hashlib.sha256(given).hexdigest()[:12]}"
        file.write_bytes(given)
        yield f"{name}, seed {seed}, input {place}: {file}\n{wrong}"
        failures += 1
        if failures == 5:
            return


def run(names: Sequence[str], inputs: int, seed: int) -> int:
    """Storm these targets one after another; how many failed."""
    known, failed = targets(), 0
    for name in names:
        begun = time.monotonic()
        told = list(storm(name, *known[name], inputs, seed))
        failed += bool(told)
        sys.stdout.write(
            f"{name:<36} {inputs:>9,} inputs {time.monotonic() - begun:7.1f} s {'FAILED' if told else 'ok'}\n"
        )
        for one in told:
            sys.stdout.write(f"  {one}\n")
        sys.stdout.flush()
    return failed


def main() -> int:
    """Split the targets over the processors and wait for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="names of targets; all when none is given")
    parser.add_argument("--inputs", type=int, default=10_000_000, help="in all, shared evenly by the targets")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is drawn")
    told = parser.parse_args()
    known = targets()
    if unknown := sorted(set(told.only) - set(known)):
        parser.error(f"no target is named {', '.join(unknown)}; there are: {', '.join(known)}")
    names = told.only or list(known)
    # Readers log what they refuse; millions of refusals would cost more than the reading.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    each = max(1, told.inputs // len(names))
    sys.stdout.write(f"{len(names)} targets, {each:,} inputs each, seed {told.seed}\n")
    sys.stdout.flush()
    shares = [names[place :: os.cpu_count() or 1] for place in range(min(len(names), os.cpu_count() or 1))]
    children = []
    for share in shares:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = min(1, run(share, each, told.seed))
            finally:
                sys.stdout.flush()
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(f"{each * len(names):,} inputs: {'failures, see above' if any(codes) else 'no failure'}\n")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
