"""The provider's judgement on one send: refuse as it would, or accept, log and promise receipts."""

import asyncio
import json
import random
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from itertools import count
from os import urandom
from typing import Any

from cakra.kit.clock import now
from cakra.sandbox.whatsapp.content.judging import judge_template, judge_text
from cakra.sandbox.whatsapp.content.templates import Template, from_flat, from_request
from cakra.sandbox.whatsapp.ledger import MediaShelf, SendLog
from cakra.sandbox.whatsapp.people import People
from cakra.sandbox.whatsapp.receipts import Receipts
from cakra.sandbox.whatsapp.refusals import Refused, by_code
from cakra.sandbox.whatsapp.settings import Faults, SandboxWhatsAppSettings

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
        self._bearer = f"Bearer {settings.access_token}".encode()
        self._own_number = re.sub(r"\D", "", settings.display_number)
        self.people = People(self._own_number, settings.hidden_suffixes)
        self.receipts = Receipts(settings, self.people, self._chance)
        self._stopped: dict[tuple[str, str], str] = {}
        self._last_owner = settings.phone_number_id
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
        self._last_owner = owner
        number, content = self._judge(owner, message)
        answer, fate = self._accept(owner, number, message, content)
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
        return json.dumps({"id": str(number), "status": "APPROVED", "category": template.category}).encode()

    def _drawn(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share

    def _refuse_by_fault(self, faults: Faults) -> None:
        if faults.answer_code is not None:
            raise by_code(faults.answer_code)
        if self._drawn(faults.share_429):
            raise Refused(429, 130429, "Rate limit hit", "Cloud API message throughput has been reached.")
        if self._drawn(faults.share_5xx):
            raise Refused(500, 131000, "Something went wrong")
        if self._drawn(faults.share_absent):
            raise Refused(400, 131026, "Message undeliverable")

    def announce(self, change: Mapping[str, Any]) -> None:
        """Tell the receiver a word of ours; a template that is said to be stopped is not sent any more."""
        field, value = str(change.get("field", "")), dict(_mapping(change.get("value")))
        if field == "message_template_status_update":
            key = str(value.get("message_template_name")), str(value.get("message_template_language"))
            self._stopped.pop(key, None)
            if value.get("event") in {"PAUSED", "DISABLED", "REJECTED"}:
                self._stopped[key] = str(value["event"])
        self.receipts.announce(field, value)

    def owner_for(self, number: str) -> str:
        """The number of ours that a person writes to: the one that wrote to them last."""
        known = self.log.conversation(number)
        return str(known[-1]["phone_number_id"]) if known else self._last_owner

    def _judge(self, owner: str, message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The recipient's number, and what the log keeps of the content; Refused."""
        tag = message.get("biz_opaque_callback_data", "")
        if message.get("messaging_product") != "whatsapp":
            raise Refused(400, 100, "The parameter messaging_product is required.")
        if not isinstance(tag, str) or len(tag) > _TAG_LIMIT:
            raise Refused(400, 100, "Invalid parameter", "biz_opaque_callback_data: at most 512 characters")
        kind = message.get("type")
        if kind not in {"template", "text"} or not isinstance(message.get(kind), dict):
            raise Refused(400, 131051, "Unsupported message type", "Templates and texts are understood here.")
        digits = self._recipient(message)
        if kind == "text":
            content = judge_text(message)
            if not self.people.window_is_open(owner, digits):
                raise Refused(400, 131047, "Re-engagement message", "More than 24 hours have passed since a reply.")
            return digits, content
        return digits, self._judge_template(message["template"])

    def _recipient(self, message: dict[str, Any]) -> str:
        number = message.get("to")
        if number is None and isinstance(message.get("recipient"), str):
            number = self.people.number_of(message["recipient"])
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise Refused(400, 131009, "Parameter value is not valid", "to: not a phone number")
        digits = number.lstrip("+")
        if digits == self._own_number:
            raise Refused(400, 131021, "Recipient cannot be sender")
        if self.settings.absent_as == "answer" and digits.endswith(self.settings.absent_suffixes):
            raise Refused(400, 131026, "Message undeliverable")
        return digits

    def _judge_template(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name, language = wanted.get("name"), _mapping(wanted.get("language")).get("code")
        template = self.templates.get((str(name), str(language)))
        if template is None:
            details = f"template name ({name}) does not exist in {language}"
            raise Refused(404, 132001, "Template name does not exist in the translation", details)
        stopped = self._stopped.get((template.name, template.language))
        if stopped is not None:
            raise Refused(400, 132015 if stopped == "PAUSED" else 132016, f"Template is {stopped.lower()}")
        return judge_template(template, wanted, self.media)

    def _accept(self, owner: str, digits: str, message: dict[str, Any], content: dict[str, Any]) -> tuple[bytes, str]:
        faults = self._faults
        fate = "lost" if self._drawn(faults.share_lost) else "hung" if self._drawn(faults.share_hung) else "sent"
        held = bool(content["template"]) and self._drawn(faults.share_held)
        status = "held_for_quality_assessment" if held else "accepted"
        tag = message.get("biz_opaque_callback_data", "")
        wamid = f"wamid.{b64encode(f'{self._run}{next(self._sequence):010X}'.encode()).decode()}"
        record = {
            "at": now().isoformat(),
            "phone_number_id": owner,
            "to": f"+{digits}",
            "tag": tag,
            "wamid": wamid,
            "status": status,
            "answer": fate,
            **content,
        }
        self.log.append(digits, record)
        self.counts[status] += 1
        self.counts[f"answer_{fate}"] += 1
        absent = digits.endswith(self.settings.absent_suffixes) if self.settings.absent_suffixes else False
        kind = self.templates.get((content["template"], content["language"]))
        self.receipts.promise(
            wamid, digits, tag, owner, held=held, absent=absent, category=kind.category if kind else "UTILITY"
        )
        said = f',"message_status":"{status}"' if content["template"] else ""
        given = message.get("to") or message.get("recipient")
        body = (
            f'{{"messaging_product":"whatsapp","contacts":[{{"input":"{given}","wa_id":"{digits}"}}],'
            f'"messages":[{{"id":"{wamid}"{said}}}]}}'
        )
        return body.encode(), fate


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
