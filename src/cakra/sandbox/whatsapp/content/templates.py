"""Message templates as the provider keeps them: registered, then filled in by each send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cakra.sandbox.whatsapp.content.codes import code_template
from cakra.sandbox.whatsapp.refusals import Refused

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_BODY_LIMIT, _FOOTER_LIMIT, _BUTTON_LIMIT = 1024, 60, 25


@dataclass(frozen=True, slots=True)
class Template:
    """One text in one language."""

    name: str
    language: str
    body: str
    footer: str = ""
    header: str = ""
    button_text: str = ""
    button_url: str = ""
    quick_reply: str = ""
    category: str = "UTILITY"
    variables: frozenset[str] = field(default=frozenset())

    @property
    def carries_code(self) -> bool:
        """Whether it is for one-time codes: its words are the provider's, its parameter has no name."""
        return self.category == "AUTHENTICATION"

    def fill(self, variables: Mapping[str, str]) -> str:
        """The body with its values."""
        return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), self.body)

    def link(self, suffix: str) -> str:
        """The button's address."""
        return self.button_url.replace("{{1}}", suffix)


def from_flat(flat: Mapping[str, str]) -> Template:
    """A template from its flat form; Refused as the provider would."""
    template = Template(
        **{"body": "", **{name: str(text) for name, text in flat.items()}},
        variables=frozenset(_VARIABLE.findall(str(flat.get("body", "")))),
    )
    _check(template)
    return template


def from_request(request: Mapping[str, Any]) -> Template:
    """A template from the provider's own form (`components`); Refused with the provider's subcode."""
    if str(request.get("category", "")).upper() == "AUTHENTICATION":
        return from_flat(code_template(request))
    flat: dict[str, str] = {"name": str(request.get("name", "")), "language": str(request.get("language", ""))}
    for component in request.get("components") or ():
        match str(component.get("type", "")).upper():
            case "HEADER":
                flat["header"] = str(component.get("format", "TEXT")).upper()
            case "BODY":
                flat["body"] = str(component.get("text", ""))
            case "FOOTER":
                flat["footer"] = str(component.get("text", ""))
            case "BUTTONS":
                flat |= _buttons(component.get("buttons") or ())
            case unknown:
                raise Refused(400, 100, f"Invalid parameter: component type {unknown!r}")
    return from_flat(flat)


def _buttons(buttons: Any) -> dict[str, str]:
    flat: dict[str, str] = {}
    for button in buttons:
        if button.get("type") == "URL":
            flat |= {"button_text": str(button.get("text", "")), "button_url": str(button.get("url", ""))}
        elif button.get("type") == "QUICK_REPLY":
            flat["quick_reply"] = str(button.get("text", ""))
        else:
            raise Refused(400, 100, f"Invalid parameter: button type {button.get('type')!r}")
    return flat


def _check(template: Template) -> None:
    body, url = template.body.strip(), template.button_url
    if not _NAME.fullmatch(template.name) or not template.language:
        raise Refused(400, 100, "Invalid parameter: name must match [a-z0-9_]{1,512}, language is required")
    if not body or len(body) > _BODY_LIMIT or len(template.footer) > _FOOTER_LIMIT:
        raise Refused(400, 100, "Invalid parameter: body 1 to 1024 characters, footer at most 60")
    if not template.carries_code and (body.startswith("{{") or body.endswith("}}")):
        raise Refused(400, 100, "Variables can't be at the start or end of the template", subcode=2388299)
    if max(len(template.button_text), len(template.quick_reply)) > _BUTTON_LIMIT:
        raise Refused(400, 100, "Invalid parameter: button text at most 25 characters")
    fixed = url.removesuffix("{{1}}")
    if url and (not re.match(r"https?://[^/{]+/", fixed) or "{{" in fixed):
        raise Refused(400, 100, "Invalid parameter: the url's only variable is {{1}} at its end")
