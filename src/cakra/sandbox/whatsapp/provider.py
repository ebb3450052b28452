"""The provider's judgement on one send: refuse as it would, or accept, log and promise receipts."""

import asyncio
import json
import random
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from os import urandom
from typing import Any

from cakra.sandbox.whatsapp.ledger import MediaShelf, SendLog
from cakra.sandbox.whatsapp.receipts import Receipts
from cakra.sandbox.whatsapp.refusals import Refused, by_code
from cakra.sandbox.whatsapp.settings import Faults, SandboxWhatsAppSettings
from cakra.sandbox.whatsapp.templates import Template, from_flat, from_request

_NUMBER = re.compile(r"\+?[1-9]\d{7,14}")
_TAG_LIMIT = 512
_ALREADY_THERE = 2388024


class Provider:
    """The state of the simulated provider."""

    def __init__(self, settings: SandboxWhatsAppSettings) -> None:
        self.settings = settings
        self.log = SendLog(settings.log_path, fsync=settings.fsync)
        self.media = MediaShelf()
        self.counts: Counter[str] = Counter()
        self.templates: dict[tuple[str, str], Template] = {}
        for flat in settings.templates:
            template = from_flat(flat)
            self.templates[template.name, template.language] = template
        self._chance = random.Random(settings.faults.seed)  # noqa: S311 - faults, not secrets
        self.receipts = Receipts(settings, self._chance)
        self._bearer = f"Bearer {settings.access_token}".encode()
        self._own_number = re.sub(r"\D", "", settings.display_number)
        self._run, self._sequence = urandom(6).hex().upper(), count(1)
        self.faults = settings.faults

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = self.receipts.faults = faults
        self._chance.seed(faults.seed)

    def admit(self, authorization: bytes, owner: str) -> None:
        """Refuse a wrong token or a number that is not this account's."""
        if authorization != self._bearer:
            raise Refused(401, 190, "Invalid OAuth access token - Cannot parse access token")
        known = self.settings.phone_number_id or owner
        if not owner.isdecimal() or owner not in {known, self.settings.business_account_id}:
            raise Refused(400, 100, f"Unsupported post request. Object with ID '{owner}' does not exist", subcode=33)

    async def send(self, owner: str, raw: bytes) -> tuple[bytes, str]:
        """The 200 answer's body and whether to give it ("sent") or lose it ("lost", "hung"); Refused."""
        faults = self._faults
        if faults.delay_ms:
            await asyncio.sleep(faults.delay_ms / 2000)
        self._refuse_by_fault(faults)
        message = _document(raw)
        template = self._judge(message)
        answer, fate = self._accept(owner, message, template)
        if faults.delay_ms:  # half of the wait comes after the acceptance, so a receipt may overtake it
            await asyncio.sleep(faults.delay_ms / 2000)
        return answer, fate

    def register(self, raw: bytes) -> bytes:
        """Take a template; every sound one is approved at once. Refused when it is there already."""
        template = from_request(_document(raw))
        if (template.name, template.language) in self.templates:
            raise Refused(400, 100, "Content in this language already exists", subcode=_ALREADY_THERE)
        self.templates[template.name, template.language] = template
        number = 900_000_000_000_000 + len(self.templates)
        return json.dumps({"id": str(number), "status": "APPROVED", "category": "UTILITY"}).encode()

    def _drawn(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share

    def _refuse_by_fault(self, faults: Faults) -> None:
        if faults.answer_code is not None:
            raise by_code(faults.answer_code)
        if self._drawn(faults.share_429):
            raise Refused(429, 130429, "Rate limit hit", "Cloud API message throughput has been reached.")
        if self._drawn(faults.share_5xx):
            raise Refused(500, 131000, "Something went wrong")

    def _judge(self, message: dict[str, Any]) -> Template:
        number, tag = message.get("to"), message.get("biz_opaque_callback_data", "")
        if message.get("messaging_product") != "whatsapp":
            raise Refused(400, 100, "The parameter messaging_product is required.")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise Refused(400, 131009, "Parameter value is not valid", "to: not a phone number")
        if not isinstance(tag, str) or len(tag) > _TAG_LIMIT:
            raise Refused(400, 100, "Invalid parameter", "biz_opaque_callback_data: at most 512 characters")
        if message.get("type") != "template" or not isinstance(message.get("template"), dict):
            raise Refused(400, 131051, "Unsupported message type", "Only templates are understood here.")
        digits = number.lstrip("+")
        if digits == self._own_number:
            raise Refused(400, 131021, "Recipient cannot be sender")
        if self.settings.absent_as == "answer" and digits.endswith(self.settings.absent_suffixes):
            raise Refused(400, 131026, "Message undeliverable")
        return self._judge_template(message["template"])

    def _judge_template(self, wanted: dict[str, Any]) -> Template:
        name, language = wanted.get("name"), _mapping(wanted.get("language")).get("code")
        template = self.templates.get((str(name), str(language)))
        if template is None:
            details = f"template name ({name}) does not exist in {language}"
            raise Refused(404, 132001, "Template name does not exist in the translation", details)
        parts = {part["type"].lower(): part for part in _parts(wanted)}
        header = _parameters(parts.get("header"))
        wants_picture = template.header == "IMAGE"
        if wants_picture != bool(header):
            details = f"header: Format mismatch, expected {template.header or 'none'}"
            raise Refused(400, 132012, "Parameter format does not match", details)
        if wants_picture and _mapping(header[0].get("image")).get("id") not in self.media:
            raise Refused(400, 100, "Invalid parameter", "image.id is not a valid media attachment ID")
        _judge_body(template, _parameters(parts.get("body")))
        button = parts.get("button")
        if template.button_url.endswith("{{1}}") and (
            button is None or str(button.get("sub_type")).lower() != "url" or str(button.get("index")) != "0"
        ):
            raise Refused(400, 131008, "Required parameter is missing", "buttons: Button at index 0 of type Url")
        return template

    def _accept(self, owner: str, message: dict[str, Any], template: Template) -> tuple[bytes, str]:
        faults = self._faults
        fate = "lost" if self._drawn(faults.share_lost) else "hung" if self._drawn(faults.share_hung) else "sent"
        status = "held_for_quality_assessment" if self._drawn(faults.share_held) else "accepted"
        number, tag = message["to"], message.get("biz_opaque_callback_data", "")
        wamid = f"wamid.{b64encode(f'{self._run}{next(self._sequence):010X}'.encode()).decode()}"
        parts = {part["type"].lower(): part for part in _parts(message["template"])}
        header, button = _parameters(parts.get("header")), _parameters(parts.get("button"))
        digits = number.lstrip("+")
        self.log.append(
            digits,
            {
                "at": datetime.now(UTC).isoformat(),
                "phone_number_id": owner,
                "to": number,
                "tag": tag,
                "wamid": wamid,
                "status": status,
                "answer": fate,
                "template": template.name,
                "language": template.language,
                "variables": {each["parameter_name"]: each["text"] for each in _parameters(parts.get("body"))},
                "link": button[0].get("text", "") if button else "",
                "media": header[0]["image"]["id"] if header else "",
            },
        )
        self.counts[status] += 1
        self.counts[f"answer_{fate}"] += 1
        absent = digits.endswith(self.settings.absent_suffixes) if self.settings.absent_suffixes else False
        self.receipts.promise(wamid, digits, tag, owner, held=status != "accepted", absent=absent)
        body = (
            f'{{"messaging_product":"whatsapp","contacts":[{{"input":"{number}","wa_id":"{digits}"}}],'
            f'"messages":[{{"id":"{wamid}","message_status":"{status}"}}]}}'
        )
        return body.encode(), fate


def _judge_body(template: Template, parameters: list[dict[str, Any]]) -> None:
    if len(parameters) != len(template.variables):
        details = (
            f"body: number of localizable_params ({len(parameters)}) does not match the expected number of "
            f"params ({len(template.variables)})"
        )
        raise Refused(400, 132000, "Number of parameters does not match the expected number of params", details)
    for each in parameters:
        if each.get("parameter_name") not in template.variables:
            raise Refused(400, 100, "Invalid parameter", f"body: Parameter name {each.get('parameter_name')!r}")
        text = each.get("text")
        if each.get("type") != "text" or not isinstance(text, str) or not text.strip() or "\n" in text:
            raise Refused(400, 131008, "Required parameter is missing", "body: a text of one line is required")


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refused(400, 100, "Invalid parameter", "The body is not a JSON object.")
    return document


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _parts(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = template.get("components") or []
    if not isinstance(parts, list) or not all(
        isinstance(part, dict) and isinstance(part.get("type"), str) for part in parts
    ):
        raise Refused(400, 132012, "Parameter format does not match", "components: a list of typed objects")
    return parts


def _parameters(part: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    parameters = (part or {}).get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(each, dict) for each in parameters):
        raise Refused(400, 132012, "Parameter format does not match", "parameters: a list of objects")
    return parameters
