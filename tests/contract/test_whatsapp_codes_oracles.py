"""One-time codes on WhatsApp: our JSON and the simulated provider's judgement against pywa's."""

import json

import httpx
import pytest
from pywa_async import WhatsApp
from pywa_async.types import templates as pywa_templates

from cakra.core.ports import Message
from cakra.outside.whatsapp import TemplateDefinition
from cakra.outside.whatsapp.payload import TemplateShape, template_send
from cakra.wiring.world import code_words
from whatsapp_peer import ACCOUNT_ID, NUMBER_ID, TOKEN, fetch, sandbox

BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
WORDS = code_words()["id"]
PHONE, CODE = "+6281234567890", "042137"
OURS = TemplateDefinition(WORDS.template, "id", button_text=WORDS.button, code_minutes=10)
THEIRS = pywa_templates.Template(
    name=WORDS.template,
    language=pywa_templates.TemplateLanguage.INDONESIAN,
    category=pywa_templates.TemplateCategory.AUTHENTICATION,
    message_send_ttl_seconds=600,
    components=[
        pywa_templates.AuthenticationBody(add_security_recommendation=True),
        pywa_templates.AuthenticationFooter(code_expiration_minutes=10),
        pywa_templates.Buttons(buttons=[pywa_templates.CopyCodeOTPButton(text=WORDS.button)]),
    ],
)


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("codes")) as running:
        yield running


def code_message(digits=CODE, tag="o:3:42"):
    return Message(tag, PHONE, WORDS.template, "id", {"kode": digits}, "")


def plainly(component):
    """Types are read in any case, and an index as text or number."""
    told = component | {"type": component["type"].lower()}
    if "index" in told:
        told |= {"index": str(told["index"]), "sub_type": told["sub_type"].lower()}
    return told


async def pywas_send(session):
    await WhatsApp(phone_id=NUMBER_ID, token=TOKEN, session=session).send_template(
        to=PHONE,
        name=WORDS.template,
        language=pywa_templates.TemplateLanguage.INDONESIAN,
        params=[
            pywa_templates.AuthenticationBody.params(otp=CODE),
            pywa_templates.CopyCodeOTPButton.params(otp=CODE),
        ],
        tracker="o:3:42",
    )


async def test_our_send_of_a_code_is_pywas():
    sent = []

    async def answer(request):
        sent.append(json.loads(request.content))
        said = {"input": PHONE, "wa_id": PHONE[1:]}
        return httpx.Response(
            200, json={"messaging_product": "whatsapp", "contacts": [said], "messages": [{"id": "wamid.X"}]}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        await pywas_send(session)
    ours, theirs = json.loads(template_send(code_message(), None, TemplateShape(copies_code=True))), sent[0]
    theirs["template"]["components"] = [plainly(one) for one in theirs["template"]["components"]]
    assert ours == theirs


def test_our_registration_is_pywas():
    theirs = json.loads(THEIRS.to_json())
    ours = OURS.request()
    assert ours["components"] == theirs["components"]
    for name in ("name", "language", "category", "message_send_ttl_seconds"):
        assert ours[name] == theirs[name]


def post(peer, edge, body):
    status, raw = fetch(f"{peer.url}/v25.0/{edge}", method="POST", body=body, headers=BEARER)
    return status, json.loads(raw)


def test_the_simulated_provider_takes_it_and_shows_its_own_words(peer):
    status, said = post(peer, f"{ACCOUNT_ID}/message_templates", OURS.request())
    assert (status, said["category"]) == (200, "AUTHENTICATION")
    sent = json.loads(template_send(code_message(), None, TemplateShape(copies_code=True)))
    assert post(peer, f"{NUMBER_ID}/messages", sent)[0] == 200
    page = fetch(f"{peer.url}/phone/{PHONE[1:]}")[1].decode()
    assert f"<strong>{CODE}</strong> adalah kode verifikasi Anda. Demi keamanan, jangan bagikan kode ini." in page
    assert "Kode ini kedaluwarsa dalam 10 menit." in page
    assert WORDS.button in page


def _without_button(components):
    del components[1]


def _named(components):
    components[0]["parameters"][0]["parameter_name"] = "kode"


def _two(components):
    components[0]["parameters"] *= 2


def _long(components):
    components[0]["parameters"][0]["text"] = "1" * 16


def _empty_button(components):
    components[1]["parameters"] = []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(_without_button, 131008), (_named, 100), (_two, 132000), (_long, 131009), (_empty_button, 131008)],
)
def test_a_wrong_send_is_refused_in_the_providers_words(peer, spoil, code):
    post(peer, f"{ACCOUNT_ID}/message_templates", OURS.request())
    sent = json.loads(template_send(code_message(tag="o:3:43"), None, TemplateShape(copies_code=True)))
    spoil(sent["template"]["components"])
    status, said = post(peer, f"{NUMBER_ID}/messages", sent)
    assert (status, said["error"]["code"]) == (400, code)
    assert not [one for one in peer.sends() if one["tag"] == "o:3:43"]


@pytest.mark.parametrize(
    ("components", "more"),
    [
        ([{"type": "BODY", "text": "Kode Anda {{1}}."}], {}),
        ([{"type": "HEADER", "format": "IMAGE"}, *OURS.request()["components"]], {}),
        (OURS.request()["components"][:2], {}),
        ([*OURS.request()["components"][:1], {"type": "FOOTER", "code_expiration_minutes": 91}], {}),
        (OURS.request()["components"], {"message_send_ttl_seconds": 43_200}),
    ],
)
def test_words_and_buttons_of_our_own_are_refused(peer, components, more):
    request = OURS.request() | {"name": "etle_kode_lain", "components": components} | more
    assert post(peer, f"{ACCOUNT_ID}/message_templates", request)[0] == 400
