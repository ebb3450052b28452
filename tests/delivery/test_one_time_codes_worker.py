"""One-time codes as a worker sends them: by the simulated provider, a mail server and a real SMS centre."""

import re
from email import message_from_bytes
from email.policy import default

from tests.delivery.test_ladder_worker import settings_of as mail_settings
from tests.delivery.test_ladder_worker import working
from tests.delivery.test_sms_worker import settings_of as sms_settings

from cakra.core.ports import Channel
from cakra.delivery.codes import Use
from cakra.sandbox.mail.bounce import bounce_report
from cakra.wiring.beside.codes import code_desk
from cakra.wiring.world import announce_templates
from chat_kit import PHONE, chat_on, until
from code_kit import CONTACT, MAIL, put_whose, rows, told
from sms_peer import running_smsc
from smtp_sink import smtp_sink

DIGITS = re.compile(r"\b[0-9]{6}\b")


async def proved(pool, proof):
    async def is_proved():
        (row,) = await rows(pool)
        return row["proof"] == proof and row["state"] == "accepted" and row

    return await until(is_proved)


async def test_on_whatsapp_the_code_is_on_the_phone_and_its_receipt_is_taken(pool, database_url, tmp_path):
    async with chat_on(pool, database_url, tmp_path) as chat, chat.working() as world:
        await announce_templates(world)
        whose = await put_whose(pool, CONTACT | {"phone": PHONE})
        desk = code_desk(world)
        await desk.ask(whose, Use.CONTACT_CHANGE, Channel.WHATSAPP)
        row = await proved(pool, "delivered")
        (send,) = chat.peer.sends()
        assert (send["to"], send["template"], send["tag"]) == (PHONE, "etle_kode_sekali_v1", f"o:3:{row['code_id']}")
        digits = send["variables"]["1"]
        page = await chat.page()
        assert f"<strong>{digits}</strong> adalah kode verifikasi Anda." in page
        assert "kedaluwarsa dalam 10 menit" in page
        assert "Salin kode" in page
        assert await desk.check(whose, Use.CONTACT_CHANGE, digits) is Channel.WHATSAPP
        assert not await pool.fetchval("select count(*) from callback where problem is not null")
    assert (row["content"], row["cost"]) == (None, 495_000_000)
    assert await told(pool, whose) == ["code_asked", "code_sent", "code_used"]
    assert digits not in str([dict(one) for one in await pool.fetch("select * from case_event")])


async def test_by_email_the_code_is_in_the_text_and_a_bounce_is_taken(ground, pool, database_url, tmp_path):
    async with smtp_sink() as sink:
        settings = mail_settings(database_url, tmp_path, ground.peer, port=sink.port)
        async with working(settings) as world:
            whose = await put_whose(pool)
            desk = code_desk(world)
            await desk.ask(whose, Use.ANSWER, Channel.EMAIL, "en")

            async def arrived():
                return sink.taken

            (taken,) = await until(arrived)
            message = message_from_bytes(taken.raw, policy=default)
            text = message.get_content()
            (digits,) = DIGITS.findall(text)
            assert (message["To"], message["Subject"]) == (MAIL, "Code for the page you opened")
            assert "No officer ever asks for this code" in text.replace("\n", " ")
            assert "http" not in taken.raw.decode()
            sent_from = taken.mail.partition("<")[2].partition(">")[0]
            (tmp_path / "bounces" / "new" / "1").write_bytes(bounce_report(sent_from, MAIL))
            row = await proved(pool, "failed")
            assert await desk.check(whose, Use.ANSWER, digits) is Channel.EMAIL
    assert (row["channel"], row["provider_code"], row["content"]) == ("email", "5.1.1", None)


async def test_by_sms_the_code_goes_through_a_real_centre_and_its_receipt_comes_back(
    ground, pool, database_url, tmp_path
):
    with running_smsc() as centre:
        async with working(sms_settings(database_url, tmp_path, ground.peer.url, sms={"port": centre.port})) as world:
            whose = await put_whose(pool)
            desk = code_desk(world)
            await desk.ask(whose, Use.NAMING, Channel.SMS)
            row = await proved(pool, "delivered")
            (seen,) = await centre.seen("submit")
            (digits,) = DIGITS.findall(seen["text"])
            assert seen["pdu"]["destination_addr"] == CONTACT["phone"].lstrip("+")
            assert "Petugas tidak pernah menanyakan kode ini" in seen["text"]
            assert await desk.check(whose, Use.NAMING, digits) is Channel.SMS
    assert (row["content"], row["cost"]) == (None, 400_000_000)


async def test_a_worker_forgets_and_expires_by_itself(ground, pool, database_url, tmp_path):
    settings = mail_settings(database_url, tmp_path, ground.peer, host="")
    async with working(settings) as world:
        whose = await put_whose(pool)
        ground.peer.faults(answer_code=132001)  # its text is not known there: refused for good, nothing is left to read
        await code_desk(world).ask(whose, Use.ANSWER, Channel.WHATSAPP)

        async def refused():
            (row,) = await rows(pool)
            return row["state"] == "refused" and row["content"] is None

        await until(refused)
        await pool.execute("update one_time_code set expires_at = now() - interval '25 hours'")
    async with working(settings):

        async def gone():
            return not await rows(pool)

        await until(gone)
    assert await told(pool, whose) == ["code_asked", "code_not_sent"]
