"""The sample cases of the shared folder, filled in and posted as their own script does it, and siblings of them."""

import io
import json
import re
import uuid
from datetime import datetime, timedelta, timezone

from PIL import Image

from shared import shared_dir

WIB = timezone(timedelta(hours=7))


def case_file(name):
    """The bytes of one case, its places for instants filled in."""
    return fill((shared_dir() / "cases" / "cameras" / name).read_bytes())


def fill(sample):
    """`@NOW-60@`: the instant 60 s ago with its zone; `@WALL-60@`: without; `@UUID@`: a fresh one."""
    now = datetime.now(WIB)
    text = sample.decode("latin-1")
    text = re.sub(r"@NOW-(\d+)@", lambda m: (now - timedelta(seconds=int(m[1]))).isoformat("T", "milliseconds"), text)
    text = re.sub(r"@WALL-(\d+)@", lambda m: (now - timedelta(seconds=int(m[1]))).strftime("%Y-%m-%dT%H:%M:%S"), text)
    return text.replace("@UUID@", str(uuid.uuid4())).encode("latin-1")


def picture(name, seed=0):
    """A generated picture, as small or large as its name says; NAME.bmp is a BMP."""
    file = io.BytesIO()
    size = (160, 60) if "plate" in name.lower() else (1280, 720)
    Image.new("RGB", size, (90, 110, (130 + seed) % 256)).save(file, "BMP" if name.endswith(".bmp") else "JPEG")
    return file.getvalue()


def push_body(xml, pictures, content_type="text/xml"):
    """One push: the record, then pictures (a name, or a name and its bytes); always announced as JPEG."""
    body = b""
    parts = [("anpr.xml", content_type, xml)]
    for one in pictures:
        name, data = (one, picture(one)) if isinstance(one, str) else one
        parts.append((name.replace(".bmp", ".jpg"), "image/jpeg", data))
    for name, kind, data in parts:
        head = f'--boundary\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body += f"{head}Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n"
    return body + b"--boundary--\r\n"


def alert(inside, *, before="", after="", date_time=None, uuid_text=None, root="EventNotificationAlert"):
    """An alert as firmware writes it, with an ANPR block of `inside`."""
    at = date_time or (datetime.now(WIB) - timedelta(seconds=5)).isoformat("T", "milliseconds")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} version="2.0" '
        'xmlns="http://www.isapi.org/ver20/XMLSchema">'
        f"<dateTime>{at}</dateTime>{before or '<eventType>ANPR</eventType><eventState>active</eventState>'}"
        f"<ANPR>{inside}</ANPR><UUID>{uuid_text or uuid.uuid4()}</UUID>{after}</{root}>"
    )


BELT = "<illegalInfo><illegalCode>1240</illegalCode></illegalInfo>"


def plate(text="B9999ZZZ", tag="licensePlate"):
    """A plate's element."""
    return f"<{tag}>{text}</{tag}>"


async def events(pool):
    """What was kept, oldest first, with its case."""
    rows = await pool.fetch(
        "select e.*, c.plate, c.offences, c.claimed_plate from camera_event e join case_file c using (cell, case_id)"
        " order by e.received_at, e.event_id"
    )
    return [{**dict(row), "notes": {n["check"]: n for n in json.loads(row["notes"])}} for row in rows]
