"""Templates of the category AUTHENTICATION: the provider's own words around a code, and a button that copies it."""

from collections.abc import Mapping, Sequence
from typing import Any

from cakra.sandbox.whatsapp.refusals import Refused

_WORDS = {
    "id": (
        "*{{1}}* adalah kode verifikasi Anda.",
        "Demi keamanan, jangan bagikan kode ini.",
        "Kode ini kedaluwarsa dalam %d menit.",
        "Salin kode",
    ),
    "en": (
        "*{{1}}* is your verification code.",
        "For your security, do not share this code.",
        "This code expires in %d minutes.",
        "Copy code",
    ),
}
_LONGEST_CODE, _SHORTEST_TTL_S, _LONGEST_TTL_S = 15, 30, 900
_MOST_MINUTES = 90


def code_template(request: Mapping[str, Any]) -> dict[str, str]:
    """The flat form of a template for codes; Refused for words or buttons of one's own."""
    language = str(request.get("language", ""))
    said, advice, expiry, copies = _WORDS.get(language.partition("_")[0], _WORDS["en"])
    parts = {str(part.get("type", "")).upper(): part for part in request.get("components") or ()}
    body, footer = parts.get("BODY", {}), parts.get("FOOTER")
    if parts.keys() - {"BODY", "FOOTER", "BUTTONS"} or "text" in body or (footer and "text" in footer):
        raise Refused(400, 100, "Invalid parameter: authentication templates have preset text only")
    ttl = request.get("message_send_ttl_seconds", _LONGEST_TTL_S)
    if type(ttl) is not int or not _SHORTEST_TTL_S <= ttl <= _LONGEST_TTL_S:
        raise Refused(400, 100, "Invalid parameter: message_send_ttl_seconds must be 30 to 900 for authentication")
    flat = {"name": str(request.get("name", "")), "language": language, "category": "AUTHENTICATION"}
    flat["body"] = f"{said} {advice}" if body.get("add_security_recommendation") else said
    if footer:
        minutes = footer.get("code_expiration_minutes")
        if type(minutes) is not int or not 1 <= minutes <= _MOST_MINUTES:
            raise Refused(400, 100, "Invalid parameter: code_expiration_minutes must be 1 to 90")
        flat["footer"] = expiry % minutes
    return flat | {"button_text": _button(parts.get("BUTTONS", {}).get("buttons") or ()) or copies}


def _button(buttons: Sequence[Mapping[str, Any]]) -> str:
    kinds = [(str(one.get("type")).upper(), str(one.get("otp_type")).upper()) for one in buttons]
    if kinds != [("OTP", "COPY_CODE")]:
        raise Refused(400, 100, "Invalid parameter: an authentication template needs one OTP button (here: COPY_CODE)")
    return str(buttons[0].get("text") or "")


def judge_code(body: Sequence[Mapping[str, Any]], button: Mapping[str, Any] | None) -> str:
    """The code that a send fills in, in the body and in the button; Refused."""
    if len(body) != 1:
        details = f"body: number of localizable_params ({len(body)}) does not match the expected number of params (1)"
        raise Refused(400, 132000, "Number of parameters does not match the expected number of params", details)
    if "parameter_name" in body[0]:
        raise Refused(400, 100, "Invalid parameter", "body: Parameter name is not expected")
    given = (button or {}).get("parameters") or []
    if button is None or str(button.get("index")) != "0" or len(given) != 1:
        raise Refused(400, 131008, "Required parameter is missing", "buttons: Button at index 0 of type Url")
    for part, where in ((body[0], "body"), (given[0], "buttons")):
        text = part.get("text")
        if part.get("type") != "text" or not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST_CODE:
            raise Refused(400, 131009, "Parameter value is not valid", f"{where}: a code of 1 to 15 characters")
    return str(body[0]["text"])
