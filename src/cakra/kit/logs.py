"""Structured logs: past-tense event names with fields, one JSON line each, personal data dropped."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from cakra.kit.console import without_commands

# Fields that may carry personal data never reach the log, whatever the caller passes.
PERSONAL_FIELDS = frozenset(
    {
        "name",
        "owner",
        "phone",
        "recipient",
        "address",
        "email",
        "nik",
        "chassis",
        "plate",
        "body",
        "variables",
        "token",
    }
)
_PHONE = re.compile(r"\+?62\d{8,13}|\b08\d{8,12}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop personal fields and mask phone numbers and e-mail addresses inside texts, at any depth."""
    for key, value in list(event.items()):
        event[key] = _without_persons(key, value)
    return event


def _without_persons(key: object, value: Any) -> Any:
    if key in PERSONAL_FIELDS:
        return "[redacted]"
    if isinstance(value, str):
        return _EMAIL.sub("[email]", _PHONE.sub("[phone]", value))
    if isinstance(value, Mapping):
        return {name: _without_persons(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_persons(None, inner) for inner in value]
    return value


def configure(*, level: str = "info", as_json: bool = True) -> None:
    """Set up logging for this process; everything goes to standard error."""
    renderer = structlog.processors.JSONRenderer() if as_json else _for_people
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


_console = structlog.dev.ConsoleRenderer(colors=False)


def _for_people(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """A line for a terminal; what a text from outside would make it do is taken out."""
    return without_commands(_console(logger, method, event))


def get_logger(name: str) -> Any:
    """A logger bound to its room."""
    return structlog.get_logger(room=name.removeprefix("cakra."))
