"""Whether the content of one send is what the provider takes, and what the log keeps of it."""

from collections.abc import Container, Mapping
from typing import Any

from cakra.sandbox.whatsapp.content.codes import judge_code
from cakra.sandbox.whatsapp.content.templates import Template
from cakra.sandbox.whatsapp.refusals import Refused

_TEXT_LIMIT = 4096
_PAYLOAD_LIMIT = 256


def judge_text(message: Mapping[str, Any]) -> dict[str, Any]:
    """A free text; Refused."""
    text, context = message["text"], message.get("context")
    body = text.get("body")
    if set(text) - {"body", "preview_url"} or not isinstance(text.get("preview_url", False), bool):
        raise Refused(400, 100, "Invalid parameter", "text: body and preview_url only")
    if not isinstance(body, str) or not body.strip() or len(body) > _TEXT_LIMIT:
        raise Refused(400, 131009, "Parameter value is not valid", "text.body: 1 to 4096 characters")
    about = context.get("message_id") if isinstance(context, dict) else None
    return {
        "template": "",
        "language": "",
        "variables": {},
        "link": "",
        "media": "",
        "text": body,
        "about": about or "",
    }


def judge_template(template: Template, wanted: Mapping[str, Any], media: Container[str]) -> dict[str, Any]:
    """A filled template; Refused."""
    parts = _parts(wanted)
    named = {part["type"].lower(): part for part in parts}
    header = _parameters(named.get("header"))
    wants_picture = template.header == "IMAGE"
    if wants_picture != bool(header):
        details = f"header: Format mismatch, expected {template.header or 'none'}"
        raise Refused(400, 132012, "Parameter format does not match", details)
    image = header[0].get("image") if header else None
    media_id = image.get("id") if isinstance(image, dict) else None
    if wants_picture and media_id not in media:
        raise Refused(400, 100, "Invalid parameter", "image.id is not a valid media attachment ID")
    body = _parameters(named.get("body"))
    buttons = {str(part.get("sub_type")).lower(): part for part in parts if part["type"].lower() == "button"}
    if template.carries_code:
        return _kept(template, {"1": judge_code(body, buttons.get("url"))})
    _judge_body(template, body)
    link = _parameters(buttons.get("url"))
    if template.button_url.endswith("{{1}}") and (not link or str(buttons["url"].get("index")) != "0"):
        raise Refused(400, 131008, "Required parameter is missing", "buttons: Button at index 0 of type Url")
    return _kept(
        template,
        {each["parameter_name"]: each["text"] for each in body},
        link=link[0].get("text", "") if link else "",
        media=media_id or "",
        payload=_payload(template, buttons.get("quick_reply")),
    )


def _kept(
    template: Template, variables: Mapping[str, str], *, link: str = "", media: str = "", payload: str = ""
) -> dict[str, Any]:
    """What the log keeps."""
    told = {"template": template.name, "language": template.language, "variables": dict(variables)}
    return told | {"link": link, "media": media, "payload": payload}


def _payload(template: Template, button: Mapping[str, Any] | None) -> str:
    """What a tap on the quick reply will bring back; the label when nothing was given."""
    if button is None:
        return template.quick_reply
    place = "1" if template.button_url else "0"
    parameters = _parameters(button)
    payload = parameters[0].get("payload") if parameters else None
    if not template.quick_reply or str(button.get("index")) != place:
        raise Refused(400, 131009, "Parameter value is not valid", f"buttons: no quick reply at {button.get('index')}")
    if not isinstance(payload, str) or not 0 < len(payload) <= _PAYLOAD_LIMIT:
        raise Refused(400, 131008, "Required parameter is missing", "buttons: payload of 1 to 256 characters")
    return payload


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
