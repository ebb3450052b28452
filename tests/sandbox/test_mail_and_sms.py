"""The simulated mail server and SMS centre, checked by clients that we did not write."""

import asyncio
import email
import json
import smtplib
import subprocess
import sys
from email.message import EmailMessage

import pytest

from peer_process import running
from sms_peer import NODE, PEER


def taken(log):
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def letter():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "notis@etle.example", "ibu@pemilik.example", "CONTOH"
    message.set_content("Satu baris.\n.sebuah titik di depan\n")
    return message


SENDER = "bounce+n-3-77-1.abcdefghij234567@notif.etle.example"


def test_the_mail_server_takes_a_message_from_the_standard_library(tmp_path):
    with running("mail", tmp_path) as (port, log), smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        assert client.has_extn("dsn")
        assert client.send_message(letter(), SENDER, ["ibu@pemilik.example"]) == {}
        assert [(one["tag"], one["to"]) for one in taken(log)] == [("n:3:77:1", "ibu@pemilik.example")]


def test_the_mail_server_refuses_postpones_and_loses_as_it_is_told(tmp_path):
    with running("mail", tmp_path) as (port, log):
        for fault, code in (("share_refused", 550), ("share_later", 451)):
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                assert client.docmd("XFAULTS", json.dumps({fault: 1.0}))[0] == 250
                with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                    client.send_message(letter(), SENDER, ["ibu@pemilik.example"])
                assert refused.value.recipients["ibu@pemilik.example"][0] == code
                client.docmd("XFAULTS", json.dumps({fault: 0.0}))
        assert not taken(log)
        client = smtplib.SMTP("127.0.0.1", port, timeout=20)
        client.docmd("XFAULTS", json.dumps({"share_lost": 1.0}))
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.send_message(letter(), SENDER, ["ibu@pemilik.example"])
        assert len(taken(log)) == 1


def test_a_bounce_lies_in_the_maildir_and_reads_as_a_delivery_report(tmp_path):
    box = tmp_path / "box"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    told = {"bounce_folder": str(box), "faults": {"share_bounced": 1.0}}
    with running("mail", tmp_path, **told) as (port, _), smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.send_message(letter(), SENDER, ["ibu@pemilik.example"])
        (file,) = (box / "new").iterdir()
    report = email.message_from_bytes(file.read_bytes())
    assert (report["To"], report.get_content_subtype()) == (SENDER, "report")
    (status,) = [part for part in report.walk() if part.get_content_type() == "message/delivery-status"]
    assert status.get_payload()[1]["Status"] == "5.1.1"


async def test_the_sms_centre_talks_to_the_npm_client(tmp_path):
    with running("sms", tmp_path) as (port, log):
        command = [str(NODE), str(PEER / "esme.js"), str(port)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["bind"], told["version"], told["submit"], told["enquire"], told["unbind"]) == (0, 0x34, 0, 0, 0)
        assert [one["id"] for one in taken(log)] == [told["id"]]


@pytest.mark.parametrize("room", ["mail", "sms"])
def test_a_peer_without_settings_says_so_and_ends(room):
    done = subprocess.run([sys.executable, "-m", f"cakra.sandbox.{room}"], capture_output=True, text=True, check=False)
    assert (done.returncode, "settings" in done.stderr) == (2, True)
