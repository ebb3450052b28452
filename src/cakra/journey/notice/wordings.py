"""The wordings of messages as a policy: what an edition of them must hold. Pure.

A provider registers a text under a name and a language, for good: another text wants another name. So editions share
names only with the same words, and every text that an edition ever had can still be sent and told.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from cakra.core.policy.kind import PolicyKind, Scope
from cakra.journey.notice.rules import TEMPLATE_FILES, Template, lint, parse_templates

_NAME = re.compile(r"[a-z][a-z0-9_]{0,199}")
Wordings = tuple[Template, ...]


def check_wordings(templates: Wordings, _scope: Scope) -> Iterator[str]:
    """What an edition of these texts contradicts: the lint (no host is named, `{{situs}}` is), names, one of a kind."""
    names: set[tuple[str, str]] = set()
    purposes: set[tuple[str, str, bool]] = set()
    for one in templates:
        told = f"{one.name} ({one.language})"
        if _NAME.fullmatch(one.name) is None:
            yield f"{told}: a name has small letters, digits and underscores, 200 at most"
        for registered in {one.registered_name(with_picture=with_picture) for with_picture in (True, False)}:
            if (registered, one.language) in names:
                yield f"{told}: {registered} is named twice; the wording without a picture is called so"
            names.add((registered, one.language))
        if (served := (one.purpose, one.language, one.named)) in purposes:
            yield f"{told}: there is another wording of {one.purpose} in this language"
        purposes.add(served)
        yield from (f"{told}: {problem}" for problem in lint(one, ()))


def check_beside(templates: Wordings, others: Sequence[Wordings]) -> Iterator[str]:
    """What these texts contradict of other editions, the packaged one first: a name's words, and what it serves."""
    known = {(one.name, one.language): one for other in others for one in other}
    for one in templates:
        if known.get((one.name, one.language), one) != one:
            yield f"{one.name} ({one.language}) is registered with other words; give the new ones a new name"
    served = {(one.purpose, one.language, one.named) for one in templates}
    for one in others[0] if others else ():
        if (one.purpose, one.language, one.named) not in served:
            whom = " to somebody whom an answer named" if one.named else ""
            yield f"there is no wording of {one.purpose} in {one.language}{whom}"


TEMPLATES: Final[PolicyKind[Wordings]] = PolicyKind(
    "templates",
    "what messages say",
    "cakra.journey.notice",
    TEMPLATE_FILES,
    parse_templates,
    check_wordings,
    national=True,
    beside=check_beside,
)
