"""Wording: templates, their lint, and the values of one notice. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cakra.core.errors import SetupError
from cakra.core.paper import paper_time

# Provider's limits: channels fact sheet A1 (body 1,024; footer 60; button text 25).
_BODY_LIMIT, _FOOTER_LIMIT, _BUTTON_LIMIT = 1024, 60, 25
_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|id|cc|top|info|link|ly|me|apk|xyz)\b", re.IGNORECASE
)
_TILANG = re.compile(r"tilang", re.IGNORECASE)
# What a scam asks for. The fixed sentence that we never ask is taken out before looking.
_ASKS = re.compile(
    r"\b(bayar|pembayaran|transfer|rekening|otp|pin|kode rahasia|unduh|pasang|aplikasi|apk"
    r"|pay|payment|bank account|secret code|download|install|app)\b",
    re.IGNORECASE,
)
FIXED_SENTENCES = (
    "Kami tidak pernah meminta pembayaran, kode rahasia, atau pemasangan aplikasi lewat pesan.",
    "We never ask for payment, secret codes or installing an app by message.",
    "Pemberitahuan resmi, tanpa lampiran aplikasi",
    "Official notice, no app attached",
)


@dataclass(frozen=True, slots=True)
class Template:
    """One message template in one language, as registered with a provider."""

    name: str
    purpose: str
    language: str
    body: str
    footer: str
    button: str
    quick_reply: str

    def registered_name(self, *, with_picture: bool) -> str:
        """Providers fix the header in the template, so the wording without a picture has a name of its own."""
        return self.name if with_picture else f"{self.name}_teks"

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in order of appearance, each once."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.body)))


def parse_templates(text: str) -> tuple[Template, ...]:
    """The templates of a TOML file; SetupError says which one lacks what."""
    try:
        return tuple(Template(**{**entry, "body": entry["body"].strip()}) for entry in tomllib.loads(text)["template"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        raise SetupError(f"The notice templates cannot be read: {problem}.") from problem


def lint(template: Template, official_hosts: Sequence[str]) -> list[str]:
    """Everything wrong with a template; empty when it may be used. Source: design, section 5."""
    problems = []
    text = f"{template.body}\n{template.footer}\n{template.button}\n{template.quick_reply}"
    for kind, value, limit in (
        ("body", template.body, _BODY_LIMIT),
        ("footer", template.footer, _FOOTER_LIMIT),
        ("button", template.button, _BUTTON_LIMIT),
        ("quick reply", template.quick_reply, _BUTTON_LIMIT),
    ):
        if len(value) > limit:
            problems.append(f"{kind} has {len(value)} characters, at most {limit} are allowed")
    if template.body.startswith("{{") or template.body.endswith("}}"):
        problems.append("the body may not start or end with a variable")
    plain = text
    for sentence in FIXED_SENTENCES:
        plain = plain.replace(sentence, "")
    if template.purpose == "confirmation" and (found := _TILANG.search(plain)):
        problems.append(f"says «{found[0]}»: a confirmation request is not a tilang")
    if found := _ASKS.search(plain):
        problems.append(f"says «{found[0]}»: a message never asks for money, a code or an app")
    for address in _ADDRESS.findall(plain):
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        if host not in official_hosts:
            problems.append(f"names {host or address}, which is not an official host")
    return problems


def check_templates(templates: Sequence[Template], official_hosts: Sequence[str]) -> None:
    """Refuse to start when any template breaks the lint; SetupError lists all problems."""
    problems = [
        f"{template.name} ({template.language}): {problem}"
        for template in templates
        for problem in lint(template, official_hosts)
    ]
    if problems:
        raise SetupError("Message templates break the lint: " + "; ".join(problems) + ".")


def notice_values(
    *,
    plate: str,
    agency: str,
    offences: Sequence[str],
    occurred_at: datetime,
    zone: str,
    place: str,
    reference: str,
    site: str,
    language: str,
) -> Mapping[str, str]:
    """The values of a confirmation notice by template variable. `site` is the host to type by hand."""
    return {
        "plat": plate,
        "instansi": agency,
        "pelanggaran": "; ".join(offences),
        "waktu": paper_time(occurred_at, zone, language),
        "lokasi": place,
        "ref": reference,
        "situs": site,
    }
