"""The simulated provider's words against Meta's schemas and pywa's parser; our JSON against pywa's."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
from meta_openapi import answer_schema, schema
from pywa_async import WhatsApp, types
from pywa_async.types import templates as pywa_templates

from cakra.core.ports import ReceiptState
from cakra.outside.whatsapp import WhatsAppCallbacks, WhatsAppSender
from cakra.outside.whatsapp.payload import template_send
from whatsapp_peer import (
    ACCOUNT_ID,
    NUMBER_ID,
    SECRET,
    TOKEN,
    VARIABLES,
    WITH_PICTURE,
    fetch,
    message,
    receiver,
    sandbox,
    until,
)

BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
NEW = {"name": "etle_baru", "language": "id", "category": "UTILITY", "components": [{"type": "BODY", "text": "Halo."}]}


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("oracles")) as running:
        yield running


def check(document: Any, wanted: dict[str, Any]) -> None:
    jsonschema_rs.validator_for(wanted).validate(document)


def test_answers_have_the_published_form(peer):
    send = template_send(message(), None)
    status, raw = fetch(f"{peer.url}/v25.0/{NUMBER_ID}/messages", method="POST", body=send, headers=BEARER)
    assert status == 200
    check(json.loads(raw), schema("MessageResponsePayload"))
    status, raw = fetch(f"{peer.url}/v25.0/{ACCOUNT_ID}/message_templates", method="POST", body=NEW, headers=BEARER)
    assert status == 200
    check(json.loads(raw), answer_schema("/{Version}/{WABA-ID}/message_templates"))
    form = (
        b'--x\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n--x\r\n'
        b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        b"\xff\xd8\xff\xe0\r\n--x--\r\n"
    )
    multipart = BEARER | {"Content-Type": "multipart/form-data; boundary=x"}
    status, raw = fetch(f"{peer.url}/v25.0/{NUMBER_ID}/media", method="POST", body=form, headers=multipart)
    assert status == 200
    check(json.loads(raw), answer_schema("/{Version}/{Phone-Number-ID}/media"))


@pytest.mark.parametrize(
    ("edge", "body", "headers", "status"),
    [
        (f"{NUMBER_ID}/messages", {}, {}, 401),
        (f"{NUMBER_ID}/messages", {}, BEARER, 400),
        (f"{NUMBER_ID}/messages", {"messaging_product": "whatsapp", "to": "+628123456789"}, BEARER, 400),
        ("77/messages", {}, BEARER, 400),
        (f"{ACCOUNT_ID}/message_templates", {"name": "X"}, BEARER, 400),
        (f"{NUMBER_ID}/media", {}, BEARER, 400),
    ],
)
def test_refusals_have_the_published_form(peer, edge, body, headers, status):
    found, raw = fetch(f"{peer.url}/v25.0/{edge}", method="POST", body=body, headers=headers)
    assert found == status
    check(json.loads(raw), schema("GraphAPIError"))


@pytest.fixture(scope="module")
def webhooks(tmp_path_factory) -> Iterator[list[tuple[dict[str, str], bytes]]]:
    """One webhook an event: sent, delivered, read, failed, and a quick reply."""
    with (
        receiver() as hooks,
        sandbox(
            tmp_path_factory.mktemp("webhooks"),
            webhook_url=hooks.url,
            webhook_batch=1,
            absent_suffixes=["0404"],
            sent_after_s=0.02,
            delivered_after_s=0.05,
        ) as running,
    ):
        for number, recipient in enumerate(("+6281234567890", "+6281200000404")):
            document = template_send(message(tag=f"n:1:{number}:1", recipient=recipient), None)
            fetch(f"{running.url}/v25.0/{NUMBER_ID}/messages", method="POST", body=document, headers=BEARER)
        until(lambda: len(hooks.taken()) == 3)
        fetch(f"{running.url}/phone/6281234567890")
        reply = f"wamid={running.sends()[0]['wamid']}".encode()
        fetch(f"{running.url}/phone/6281234567890/reply", method="POST", body=reply)
        until(lambda: len(hooks.taken()) == 5)
        yield hooks.taken()


def test_webhooks_have_the_published_form(webhooks):
    """A message from a person is checked by its own part only: the file's common part is that of sends."""
    for _, raw in webhooks:
        document = json.loads(raw)
        value = document["entry"][0]["changes"][0]["value"]
        if "messages" not in value:
            check(document, schema("WebhookPayload"))
            continue
        button = schema("ButtonMessage")
        check(value["messages"][0], button["components"]["schemas"]["ButtonMessage"]["allOf"][1])
        check(value["contacts"][0], schema("ContactProfile"))
        check(value["metadata"], schema("Metadata"))


def test_pywa_and_we_read_the_same_from_webhooks(webhooks):
    client = WhatsApp(phone_id=NUMBER_ID, token="x")
    callbacks = WhatsAppCallbacks(SECRET)
    seen = []
    for headers, raw in webhooks:
        assert callbacks.verify(raw, headers)
        update = json.loads(raw)
        if "messages" in update["entry"][0]["changes"][0]["value"]:
            assert not callbacks.receipts(raw)
            pressed = types.CallbackButton.from_update(client=client, update=update)
            assert (pressed.data, pressed.from_user.wa_id) == ("Bukan saya", "6281234567890")
            continue
        theirs = types.MessageStatus.from_update(client=client, update=update)
        [ours] = callbacks.receipts(raw)
        assert (ours.provider_id, ours.tag, ours.at) == (theirs.id, theirs.tracker, theirs.timestamp)
        assert ours.state.value == theirs.status.value
        if theirs.error is not None:
            assert ours.code == str(theirs.error.code)
        seen.append(ours.state)
    assert sorted(seen) == sorted(set(ReceiptState) - {ReceiptState.RETURNED})  # the post's alone


async def test_our_send_is_what_pywa_would_send():
    """Known differences, each accepted by the provider: pywa writes component types in capitals and the
    button's index as a number.
    """
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(
            200,
            json={
                "messaging_product": "whatsapp",
                "contacts": [{"input": "+6281234567890", "wa_id": "6281234567890"}],
                "messages": [{"id": "wamid.X", "message_status": "accepted"}],
            },
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        client = WhatsApp(phone_id=NUMBER_ID, token="x", session=session)
        await client.send_template(
            to="+6281234567890",
            name=WITH_PICTURE.name,
            language=pywa_templates.TemplateLanguage.INDONESIAN,
            params=[
                pywa_templates.HeaderImage.params(image="4490709327384033"),
                pywa_templates.BodyText.params(**VARIABLES),
                pywa_templates.URLButton.params(url_variable="7K2M9QX4B3", index=0),
            ],
            tracker="n:1:42:1",
        )
    theirs = json.loads(sent[0])
    for component in theirs["template"]["components"]:
        component["type"] = component["type"].lower()
        if "index" in component:
            component |= {"index": str(component["index"]), "sub_type": component["sub_type"].lower()}
    ours = json.loads(template_send(message(template=WITH_PICTURE.name), "4490709327384033"))
    assert ours == theirs


async def test_the_simulated_provider_takes_what_pywa_sends(peer):
    async with httpx.AsyncClient(base_url=peer.url, trust_env=False) as plain:

        async def forward(request: httpx.Request) -> httpx.Response:
            passed = {"Authorization": request.headers["authorization"], "Content-Type": "application/json"}
            return await plain.post(request.url.path, content=request.content, headers=passed)

        async with httpx.AsyncClient(transport=httpx.MockTransport(forward)) as session:
            client = WhatsApp(phone_id=NUMBER_ID, token=TOKEN, session=session)
            result = await client.send_template(
                to="+6281234567890",
                name="etle_konfirmasi_v1",
                language=pywa_templates.TemplateLanguage.INDONESIAN,
                params=[
                    pywa_templates.BodyText.params(**VARIABLES),
                    pywa_templates.URLButton.params(url_variable="7K2M9QX4B3", index=0),
                ],
                tracker="n:1:77:1",
            )
    assert [send["wamid"] for send in peer.sends() if send["tag"] == "n:1:77:1"] == [result.id]


async def test_a_whole_send_reads_back_from_the_log(peer):
    async with WhatsAppSender(peer.account()) as sender:
        result = await sender.send(message(tag="n:1:78:1"))
    assert [send["wamid"] for send in peer.sends() if send["tag"] == "n:1:78:1"] == [result.provider_id]
