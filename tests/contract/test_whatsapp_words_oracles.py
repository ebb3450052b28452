"""What people write and what the provider tells, read by pywa and by us; our answers and buttons as pywa sends them."""

import json

import httpx
import jsonschema_rs
import pytest
from meta_openapi import schema
from pywa_async import WhatsApp, types
from pywa_async.types import templates as pywa_templates

from cakra.core.ports import Reply, Weight
from cakra.outside.whatsapp import TemplateShape, WhatsAppCallbacks
from cakra.outside.whatsapp.payload import template_send, text_send
from whatsapp_peer import NUMBER_ID, PLAIN, SECRET, VARIABLES, fetch, message, receiver, sandbox, until

NAME = "+62 811-0000-0000"
CALLBACKS = WhatsAppCallbacks(SECRET, {NUMBER_ID: NAME})
ABOUT = {"message_template_id": 594425479261596, "message_template_name": "etle_konfirmasi_v1"}
TEMPLATE = ABOUT | {"message_template_language": "id"}
PHONE = "6281234567890"


def client(session=None):
    return WhatsApp(phone_id=NUMBER_ID, token="x", session=session)


def update(field, value):
    entry = {"id": "1", "time": 1_750_030_073, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def ours(document):
    return CALLBACKS.words(json.dumps(document).encode())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Webhooks of a typed text, and of a tap by somebody who hides the number, as the simulated provider posts them."""
    settings = {"webhook_batch": 1, "hidden_suffixes": ["0000"], "delivered_after_s": 60.0, "sent_after_s": 60.0}
    with (
        receiver() as hooks,
        sandbox(tmp_path_factory.mktemp("written"), webhook_url=hooks.url, **settings) as peer,
    ):
        headers = {"Authorization": "Bearer token-contoh", "Content-Type": "application/json"}
        sent = template_send(message(recipient="+6281200000000"), None, TemplateShape("", 1))
        status, raw = fetch(f"{peer.url}/v25.0/{NUMBER_ID}/messages", method="POST", body=sent, headers=headers)
        assert status == 200, raw
        fetch(f"{peer.url}/phone/{PHONE}/reply", method="POST", body=b"text=CEK+01ABC")
        wamid = peer.sends()[0]["wamid"].encode()
        fetch(f"{peer.url}/phone/6281200000000/reply", method="POST", body=b"wamid=" + wamid)
        until(lambda: len(hooks.taken()) == 2)
        yield sorted((json.loads(raw) for _, raw in hooks.taken()), key=lambda one: "button" in json.dumps(one))


def test_a_typed_text_is_read_alike(written):
    document = written[0]
    theirs = types.Message.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.kind, read.text, read.person) == ("text", theirs.text, f"+{theirs.from_user.wa_id}")
    assert (read.provider_id, read.at, read.sender) == (theirs.id, theirs.timestamp, NAME)
    value = document["entry"][0]["changes"][0]["value"]
    parts = schema("TextMessage_2")["components"]
    form = parts["schemas"]["TextMessage_2"]["allOf"][1] | {"components": parts}
    jsonschema_rs.validator_for(form).validate(value["messages"][0])


def test_a_tap_brings_our_tag_back_even_without_a_number(written):
    document = written[1]
    theirs = types.CallbackButton.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.kind, read.payload, read.text) == ("button", theirs.data, theirs.title)
    assert read.payload == "n:1:42:1"
    assert read.about == theirs.reply_to_message.id
    assert (theirs.from_user.wa_id, read.person) == (None, theirs.from_user.bsuid)


def test_a_reply_button_of_an_interactive_message_is_read_alike():
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "6281100000000", "phone_number_id": NUMBER_ID},
        "contacts": [{"profile": {"name": "CONTOH"}, "wa_id": PHONE, "user_id": "ID.1"}],
        "messages": [
            {
                "from": PHONE,
                "id": "wamid.X",
                "timestamp": "1750030073",
                "type": "interactive",
                "context": {"from": "6281100000000", "id": "wamid.Y"},
                "interactive": {"type": "button_reply", "button_reply": {"id": "n:1:2:3", "title": "Bukan saya"}},
            }
        ],
    }
    document = update("messages", value)
    theirs = types.CallbackButton.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.payload, read.text, read.about) == (theirs.data, theirs.title, theirs.reply_to_message.id)


def test_words_about_templates_are_read_alike():
    document = update("message_template_status_update", TEMPLATE | {"event": "PAUSED", "reason": "NONE"})
    theirs = pywa_templates.TemplateStatusUpdate.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.template, read.language) == (theirs.template_name, theirs.template_language.value)
    assert (read.status, read.usable, read.at) == (theirs.new_status.value.lower(), False, theirs.timestamp)
    scores = {"previous_quality_score": "GREEN", "new_quality_score": "RED"}
    document = update("message_template_quality_update", TEMPLATE | scores)
    theirs = pywa_templates.TemplateQualityUpdate.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.quality, read.status) == (theirs.new_quality_score.value.lower(), None)
    categories = {"previous_category": "UTILITY", "new_category": "MARKETING"}
    document = update("template_category_update", TEMPLATE | categories)
    theirs = pywa_templates.TemplateCategoryUpdate.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert read.category == theirs.new_category.value.lower()


def test_every_status_that_pywa_knows_is_judged_or_told_to_be_neither():
    unknown = set()
    for status in pywa_templates.TemplateStatus:
        (read,) = ours(update("message_template_status_update", TEMPLATE | {"event": status.value}))
        if read.usable is None:
            unknown.add(status.value)
    assert unknown == {"LIMIT_EXCEEDED", "LOCKED", "UNKNOWN"}  # of the account, of editing, of nothing


def test_a_ban_is_read_alike():
    ban = {"waba_ban_state": "DISABLE", "waba_ban_date": "January 2, 2026"}
    document = update("account_update", {"event": "DISABLED_UPDATE", "ban_info": ban})
    theirs = types.AccountUpdate.from_update(client=client(), update=document)
    (read,) = ours(document)
    assert (read.event, read.detail, read.at) == (theirs.event.value, theirs.ban_info.state.value, theirs.timestamp)
    assert (read.weight, read.sender) == (Weight.STOP, "")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"entry":1}',
        b'{"entry":[{"changes":[{"field":"security","value":[]}]}]}',
        b'{"entry":' + b"[" * 9999,
    ],
)
def test_a_body_that_is_none_says_nothing(raw):
    assert CALLBACKS.words(raw) == []


@pytest.fixture
async def recorded():
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        contacts = [{"input": "+6281234567890", "wa_id": PHONE}]
        body = {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": "wamid.X"}]}
        return httpx.Response(200, json=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        yield client(session), sent


@pytest.mark.parametrize("person", ["+6281234567890", "ID.000123456789012"])
async def test_our_answer_is_what_pywa_would_send(recorded, person):
    theirs, sent = recorded
    await theirs.send_message(to=person, text="Asli.", preview_url=False, reply_to_message_id="wamid.IN", tracker="r:1")
    told = json.loads(sent[0])
    assert json.loads(text_send(Reply("r:1", person, "Asli.", "wamid.IN"))) == told


async def test_our_button_is_what_pywa_would_send(recorded):
    """Known difference, accepted by the provider: pywa writes component types in capitals, the index as a number."""
    theirs, sent = recorded
    await theirs.send_template(
        to="+6281234567890",
        name=PLAIN.name,
        language=pywa_templates.TemplateLanguage.INDONESIAN,
        params=[
            pywa_templates.BodyText.params(**VARIABLES),
            pywa_templates.URLButton.params(url_variable="7K2M9QX4B3", index=0),
            pywa_templates.QuickReplyButton.params(callback_data="n:1:42:1", index=1),
        ],
        tracker="n:1:42:1",
    )
    told = json.loads(sent[0])
    for component in told["template"]["components"]:
        component["type"] = component["type"].lower()
        if "index" in component:
            component |= {"index": str(component["index"]), "sub_type": component["sub_type"].lower()}
    assert json.loads(template_send(message(), None, TemplateShape("", 1))) == told
