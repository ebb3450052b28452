"""The pages of the reference, as Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from code_words import ErrorCode, kinds
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cakra.cli import EXIT_INPUT, EXIT_STORE, build_app
from cakra.core.errors import CakraError, StoreError
from cakra.core.states.journey import AFTER_CONTACT, TABLE, State
from cakra.core.states.moves import Stage
from cakra.core.states.notice import NOTICE_TABLE
from cakra.core.states.payment import PAYMENT_TABLE, REFUND_TABLE
from cakra.doors.officer.words import STATES
from cakra.doors.problems import STATUS
from cakra.doors.words import read_catalogue
from cakra.journey.timeline.sentences import EVENTS
from cakra.kit.settings import Settings

NOTE = "<!-- Written by `make reference` from the code; a test compares the two. Do not edit by hand. -->\n"


def page(title: str, *parts: str) -> str:
    """A page with its title, the note, and paragraphs or tables."""
    return "\n".join([f"# {title}", NOTE, *parts]).rstrip() + "\n"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


# ---------------------------------------------------------------- settings
def settings_page() -> str:
    """Every setting: variable, key of `cakra.toml`, kind, default, meaning."""
    parts = [
        (
            "Settings come from `cakra.toml` in the working directory (or the file that `CAKRA_CONFIG` names) and from"
            " `CAKRA_` variables; a variable wins over the file. An unknown key or variable refuses to start."
            " `CAKRA_DATABASE_URL` is a short name of `CAKRA_DATABASE__URL`.\n"
        ),
        (
            "Two more variables are read around the product, by its tests: `CAKRA_TEST_DATABASE_URL` (a server for test"
            " databases) and `CAKRA_SHARED` (a folder with real photographs).\n"
        ),
        "## General\n",
        table(("variable", "key", "kind", "default", "meaning"), list(_rows(Settings, "", "CAKRA_"))),
    ]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            parts += [f"## `[{name}]`\n", f"{section.__doc__}\n"]
            rows = list(_rows(section, f"{name}.", f"CAKRA_{name.upper()}__"))
            parts.append(table(("variable", "key", "kind", "default", "meaning"), rows))
    return page("Settings", *parts)


def _rows(model: type[BaseModel], key: str, variable: str) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            continue
        yield (
            f"`{variable}{name.upper()}`",
            f"`{key}{name}`",
            f"{_kind(field.annotation)}{_limits(field)}",
            _default(field),
            field.description or "",
        )


def _kind(annotation: Any) -> str:
    if annotation is Path:
        return "path"
    if get_origin(annotation) is tuple:
        return "list of " + _kind(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "tables of " + ", ".join(
            f"`{name}` ({field.description})" for name, field in annotation.model_fields.items()
        )
    parts = get_args(annotation)
    if not parts:
        return {
            "str": "text",
            "int": "whole number",
            "float": "number",
            "bool": "true or false",
            "time": "time of day",
        }[annotation.__name__]
    if all(isinstance(part, str) for part in parts):
        return " or ".join(f"`{part}`" for part in parts)
    return " or ".join(_kind(part) for part in parts if part is not type(None))


def _limits(field: FieldInfo) -> str:
    words = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "pattern": "matches"}
    found = [
        f"{words[name]} {getattr(limit, name)}"
        for limit in field.metadata
        for name in words
        if getattr(limit, name, None) is not None
    ]
    return f" ({', '.join(found)})" if found else ""


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined or value is None or value in {"", ()}:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# ---------------------------------------------------------------- states
def states_page() -> str:
    """The tables of moves: cases, notices, payments, refunds."""
    english = _english()
    rows = [
        (
            f"`{state}`",
            f"{STATES[state]} / {english.get(STATES[state], '–')}",
            str(stage.mover),
            stage.until,
            ", ".join(f"`{target}`" for target in stage.leaves_to) or "–",
        )
        for state, stage in TABLE.items()
    ]
    withdrawable = ", ".join(f"`{state}`" for state in TABLE if state in AFTER_CONTACT)
    return page(
        "States",
        "Every state says who has the next action, until when or for what, and where it may go.\n",
        "## A case\n",
        "![The states of a case and the moves between them](states.svg)\n",
        "The table is `src/cakra/core/states/journey.py`; the database holds a copy (`allowed_move`) and refuses "
        "every other move by foreign key.\n",
        table(("state", "words (Indonesian / English)", "who moves next", "until", "leaves to"), rows),
        f"After contact a case can also be `{State.WITHDRAWN}` from: {withdrawable}.\n",
        "## A notice\n",
        "![The states of a notice and the moves between them](notice.svg)\n",
        "The table is `NOTICE_TABLE` of `src/cakra/core/states/notice.py`; the database holds a copy "
        "(`allowed_notice_move`). A state that leaves to itself changes its rung or its next step.\n",
        _moves(NOTICE_TABLE),
        "## A payment\n",
        "![The states of a payment and the moves between them](payment.svg)\n",
        "The tables of payments and refunds are in `src/cakra/core/states/payment.py`. Nothing writes them yet.\n",
        _moves(PAYMENT_TABLE),
        "## A refund\n",
        "![The states of a refund and the moves between them](refund.svg)\n",
        _moves(REFUND_TABLE),
    )


def _moves(moves: Mapping[Any, Stage[Any]]) -> str:
    rows = [
        (f"`{state}`", str(stage.mover), stage.until, ", ".join(f"`{target}`" for target in stage.leaves_to) or "–")
        for state, stage in moves.items()
    ]
    return table(("state", "who moves next", "waits for", "leaves to"), rows)


def _english() -> Mapping[str, str]:
    return read_catalogue("cakra.doors.officer")


# ---------------------------------------------------------------- commands
def commands_page() -> str:
    """Every command with its parameters, as the command line itself knows them."""
    told = build_app().generate_docs(heading_level=2)
    return page(
        "Commands",
        f"Exit status: 0 when done, {EXIT_INPUT} when the input or the configuration is wrong, {EXIT_STORE} when the"
        " database or a disk cannot keep the record now, 130 after Ctrl-C.\n",
        told,
    )


# ---------------------------------------------------------------- errors
def errors_page(codes: Sequence[ErrorCode]) -> str:
    """Error kinds and the stable codes."""
    rows = [
        (f"`{kind.__name__}`", f"`{kind.code}`", str(_status(kind)), str(_exit(kind)), (kind.__doc__ or "").strip())
        for kind in kinds()
    ]
    merged: dict[tuple[str, str], list[ErrorCode]] = {}
    for one in codes:
        merged.setdefault((one.code, one.kind), []).append(one)
    told = [
        (
            f"`{code}`",
            f"`{kind}`",
            "<br>".join(one.sentence for one in ones),
            "<br>".join({one.path: 0 for one in ones}),
        )
        for (code, kind), ones in merged.items()
    ]
    return page(
        "Errors",
        "A door answers with RFC 9457 `application/problem+json` (`code` is stable) or with a page; a command prints"
        " the sentence and exits.\n",
        "## Kinds\n",
        table(("kind", "code", "HTTP", "exit", "meaning"), rows),
        "## Codes of single cases\n",
        "A plate that is none has the code `plate_` and its fault. “…” stands for what the sentence names.\n",
        table(("code", "kind", "sentence", "said in"), told),
    )


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(texts))


def _status(kind: type[CakraError]) -> int:
    return next((status for one, status in STATUS if issubclass(kind, one)), 500)


def _exit(kind: type[CakraError]) -> int:
    return EXIT_STORE if issubclass(kind, StoreError) else EXIT_INPUT


# ---------------------------------------------------------------- events
def events_page(told: Mapping[str, Sequence[str]]) -> str:
    """Every key of the timeline with its words."""
    rows = [(f"`{key}`", EVENTS[key].id, EVENTS[key].en, "<br>".join(places)) for key, places in told.items()]
    return page(
        "Events of a case",
        "Every change of a case appends one row to `case_event` in the same transaction. `told` is one of these keys;"
        " the words are the timeline's (`journey/timeline/sentences.py`). `details` never holds personal data.\n",
        table(("key", "Indonesian", "English", "told by"), rows),
    )
