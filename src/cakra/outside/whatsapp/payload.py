"""What is sent for one message, as the Cloud API wants it."""

import json
from dataclasses import dataclass
from typing import Any

from cakra.core.foreign import line
from cakra.core.ports import Message, Reply


@dataclass(frozen=True, slots=True)
class TemplateShape:
    """What a send needs to know of a registered text.

    `plain`: the name under which the same words are registered without a picture, "" when they are not;
    `quick_reply`: the place of its quick reply among the buttons; `copies_code`: whether it carries a one-time code.
    """

    plain: str = ""
    quick_reply: int | None = None
    copies_code: bool = False


_UNKNOWN = TemplateShape()
_LONGEST_PARAMETER, _NOTHING = 1024, "-"


def template_send(message: Message, media_id: str | None, shape: TemplateShape = _UNKNOWN) -> bytes:
    """The JSON of one template send, UTF-8.

    The header goes along only with a picture, by media id: a link would make evidence public. The body's
    parameters are named. A quick reply carries our own tag, so that a tap says which message it answers.
    """
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": _with_plus(message.recipient),
        "type": "template",
        "biz_opaque_callback_data": message.tag,
        "template": {
            "name": message.template,
            "language": {"code": message.language},
            "components": _components(message, media_id, shape),
        },
    }
    return _written(body)


def _components(message: Message, media_id: str | None, shape: TemplateShape) -> list[dict[str, Any]]:
    if shape.copies_code:
        return _code_components(*message.variables.values())
    components: list[dict[str, Any]] = []
    if media_id is not None:
        components.append({"type": "header", "parameters": [{"type": "image", "image": {"id": media_id}}]})
    if message.variables:
        components.append(
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": name, "text": parameter(value)}
                    for name, value in message.variables.items()
                ],
            }
        )
    if message.link_suffix:
        components.append(
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": message.link_suffix}],
            }
        )
    if shape.quick_reply is not None:
        components.append(
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(shape.quick_reply),
                "parameters": [{"type": "payload", "payload": message.tag}],
            }
        )
    return components


def _code_components(digits: str) -> list[dict[str, Any]]:
    """The platform's own words take the code without a name, and so does the button that copies it."""
    told = [{"type": "text", "text": digits}]
    return [
        {"type": "body", "parameters": told},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": told},
    ]


def parameter(value: str) -> str:
    """A value as the provider takes it: one line without tabs or four blanks in a row, never empty, not too long."""
    return line(value, _LONGEST_PARAMETER) or _NOTHING


def text_send(reply: Reply) -> bytes:
    """The JSON of one free text, UTF-8. No preview: the provider would fetch the link."""
    number = reply.person.removeprefix("+")
    to = {"to": f"+{number}"} if number.isdecimal() else {"recipient": reply.person}  # who hides the number has an id
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        "type": "text",
        "biz_opaque_callback_data": reply.tag,
        "text": {"body": reply.text, "preview_url": False},
    }
    if reply.about:
        body["context"] = {"message_id": reply.about}
    return _written(body)


def _written(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _with_plus(number: str) -> str:
    """Without the plus the provider would put the sender's own country code in front."""
    return number if number.startswith("+") else f"+{number}"
