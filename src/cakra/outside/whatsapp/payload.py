"""What is sent for one message, as the Cloud API wants it."""

import json
from typing import Any

from cakra.core.ports import Message


def template_send(message: Message, media_id: str | None) -> bytes:
    """The JSON of one template send, UTF-8.

    The header goes along only with a picture, by media id: a link would make evidence public. The body's
    parameters are named. The quick reply is part of the approved template and needs no parameter.
    """
    components: list[dict[str, Any]] = []
    if media_id is not None:
        components.append({"type": "header", "parameters": [{"type": "image", "image": {"id": media_id}}]})
    if message.variables:
        components.append(
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": name, "text": text} for name, text in message.variables.items()
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
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": _with_plus(message.recipient),
        "type": "template",
        "biz_opaque_callback_data": message.tag,
        "template": {
            "name": message.template,
            "language": {"code": message.language},
            "components": components,
        },
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _with_plus(number: str) -> str:
    """Without the plus the provider would put the sender's own country code in front."""
    return number if number.startswith("+") else f"+{number}"
