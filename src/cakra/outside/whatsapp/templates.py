"""Our message texts, registered with the provider before they are used."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyreqwest.exceptions import PyreqwestError

from cakra.core.foreign import document, first_text, line, record
from cakra.kit.errors import SetupError
from cakra.kit.logs import get_logger
from cakra.outside.whatsapp.answers import HttpAnswer
from cakra.outside.whatsapp.client import WhatsAppAccount, build_client, read_answer

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_LONGEST_SAID = 300
_ALREADY_THERE = 2388024  # subcode: content in this language already exists
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TemplateDefinition:
    """One text in one language, with named variables `{{plat}}` in the body, or one for a one-time code.

    `header` is "IMAGE" or "" (none); `button_url` ends in `{{1}}`, the only variable part of the link;
    `examples` has a sample for each variable (shown to the provider's reviewers), `header_handle` the
    sample picture's upload handle, which the real provider wants for an image header.
    """

    name: str
    language: str
    body: str = ""
    footer: str = ""
    header: str = ""
    button_text: str = ""
    button_url: str = ""
    quick_reply: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)
    link_example: str = ""
    header_handle: str = ""
    ttl_s: int = 43_200  # 12 h, the longest: a late message must not arrive after the letter
    code_minutes: int = 0  # how long the one-time code lives that it carries; its words are then the platform's own

    def request(self) -> dict[str, Any]:
        """The provider's form of this definition."""
        if self.code_minutes:
            return self._authentication()
        components: list[dict[str, Any]] = []
        if self.header:
            sample = {"example": {"header_handle": [self.header_handle]}} if self.header_handle else {}
            components.append({"type": "HEADER", "format": self.header, **sample})
        components.append(self._body())
        if self.footer:
            components.append({"type": "FOOTER", "text": self.footer})
        buttons: list[dict[str, Any]] = []
        if self.button_url:
            shown = self.button_url.replace("{{1}}", self.link_example or "CONTOH")
            buttons.append({"type": "URL", "text": self.button_text, "url": self.button_url, "example": [shown]})
        if self.quick_reply:
            buttons.append({"type": "QUICK_REPLY", "text": self.quick_reply})
        if buttons:
            components.append({"type": "BUTTONS", "buttons": buttons})
        return {
            "name": self.name,
            "language": self.language,
            "category": "UTILITY",
            "parameter_format": "named",
            "message_send_ttl_seconds": self.ttl_s,
            "components": components,
        }

    def _authentication(self) -> dict[str, Any]:
        copies = {"type": "OTP", "otp_type": "COPY_CODE", "text": self.button_text}
        return {
            "name": self.name,
            "language": self.language,
            "category": "AUTHENTICATION",
            "message_send_ttl_seconds": self.code_minutes * 60,
            "components": [
                {"type": "BODY", "add_security_recommendation": True},
                {"type": "FOOTER", "code_expiration_minutes": self.code_minutes},
                {"type": "BUTTONS", "buttons": [copies]},
            ],
        }

    def _body(self) -> dict[str, Any]:
        names = dict.fromkeys(_VARIABLE.findall(self.body))
        samples = [{"param_name": name, "example": self.examples.get(name, "contoh")} for name in names]
        example = {"example": {"body_text_named_params": samples}} if samples else {}
        return {"type": "BODY", "text": self.body, **example}


async def register_templates(account: WhatsAppAccount, templates: Sequence[TemplateDefinition]) -> None:
    """Register each text; one that is already there is fine. SetupError names the first that is refused."""
    if not account.business_account_id:
        raise SetupError("Templates need the business account's id: set the WhatsApp business account id.")
    address = account.address(account.business_account_id, "message_templates")
    async with build_client(account) as client:
        for template in templates:
            body = json.dumps(template.request(), ensure_ascii=False).encode()
            request = client.post(address).header("Content-Type", "application/json").body_bytes(body)
            try:
                answer = await read_answer(request)
            except PyreqwestError as fault:
                raise SetupError(
                    f"The WhatsApp provider at {account.base_url} gave no answer while template "
                    f"{template.name!r} was registered; check the address and that it is running."
                ) from fault
            _require_taken(template, answer)
    _log.info("whatsapp_templates_registered", count=len(templates))


def _require_taken(template: TemplateDefinition, answer: HttpAnswer) -> None:
    if answer.status < 300:  # noqa: PLR2004 - HTTP's line between success and the rest
        return
    error = record(document(answer.raw).get("error"))
    if error.get("error_subcode") == _ALREADY_THERE:
        return
    said = line(first_text((error.get("error_user_msg"), error.get("message"))), _LONGEST_SAID)
    raise SetupError(
        f"The WhatsApp provider refused template {template.name!r} ({template.language}) with HTTP "
        f"{answer.status}, code {line(error.get('code'), _LONGEST_SAID) or 'none'}: {said or 'no reason given'}"
    )
