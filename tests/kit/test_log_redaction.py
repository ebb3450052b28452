"""Personal data never reaches a log, whatever a caller passes. Read from a real process's standard error."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cakra.kit.logs import PERSONAL_FIELDS, redact

PROGRAM = """
import json, sys
from cakra.kit.logs import configure, get_logger
configure(level="debug", as_json=sys.argv[1] == "json")
log = get_logger("cakra.journey.notice")
for name, value in json.loads(sys.stdin.read()):
    log.info("notice_worded", **{name: value})
try:
    raise ValueError("no answer from +6281234567890 for budi@example.org")
except ValueError:
    log.exception("send_failed", case=1)
log.bind(phone="+6281234567890").warning("sender_stopped")
"""
PHONES = ("+6281234567890", "6281234567890", "081234567890", "+62812345678")
SECRET = "Budi Santoso"


def stderr_of(fields: list[tuple[str, str]], form: str) -> str:
    """What a process that logs these fields writes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, form], input=json.dumps(fields), capture_output=True, text=True, check=True
    )
    assert done.stdout == "", "logs go to standard error"
    return done.stderr


@pytest.mark.parametrize("form", ["json", "console"])
def test_personal_fields_and_numbers_never_come_out(form: str) -> None:
    fields = [(name, SECRET) for name in sorted(PERSONAL_FIELDS)]
    fields += [("detail", f"refused for {phone}, write to budi@example.org") for phone in PHONES]
    written = stderr_of(fields, form)
    assert SECRET not in written
    assert not [phone for phone in PHONES if phone in written]
    assert "budi@example.org" not in written
    assert written.count("[redacted]") == len(PERSONAL_FIELDS) + 1  # and the bound one
    assert written.count("[phone]") == len(PHONES) + 1  # and the traceback's


def test_a_line_is_json_with_room_level_and_time() -> None:
    lines = [json.loads(line) for line in stderr_of([("case", "123456789012345678")], "json").splitlines()]
    assert lines[0]["event"] == "notice_worded"
    assert lines[0]["room"] == "journey.notice"
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[0]["case"] == "123456789012345678", "what is no phone number stays readable"


@pytest.mark.parametrize("nested", [{"phone": PHONES[0]}, [PHONES[0]], ({"name": SECRET},), {"a": {"b": [PHONES[1]]}}])
def test_nested_values_are_redacted_too(nested: object) -> None:
    event = redact(None, "info", {"event": "notice_worded", "details": nested})
    assert SECRET not in repr(event)
    assert not [phone for phone in PHONES if phone in repr(event)]


@given(st.from_regex(r"\A(\+62|62|0)8[0-9]{8,10}\Z"), st.text(alphabet=" .,:;()«»", max_size=3))
def test_no_mobile_number_survives_inside_a_sentence(phone: str, around: str) -> None:
    event = redact(None, "info", {"event": "x", "detail": f"answer{around} {phone}{around} late"})
    assert phone not in event["detail"]
