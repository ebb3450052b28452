"""Wording: templates, their lint, and the values of one notice. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cakra.core.errors import SetupError
from cakra.core.foreign import line
from cakra.core.paper import paper_date, paper_time
from cakra.core.states.notice import Purpose
from cakra.core.tables.toml import only_table

# Beside this file: of the confirmation, and of what is told later.
TEMPLATE_FILES = ("templates.toml", "later.toml")
# Provider's limits: channels fact sheet A1 (body 1,024; footer 60; button text 25).
_BODY_LIMIT, _FOOTER_LIMIT, _BUTTON_LIMIT = 1024, 60, 25
_SUBJECT_LIMIT = 78  # RFC 5322 2.1.1, a line that every reader shows
_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_VARIABLE_LIKE = re.compile(r"\{\{.*?\}\}|\{\{|\}\}", re.DOTALL)
# Whatever a phone or a reader may take for an address: a scheme, or labels joined by dots. Numbers such as 08.01
# are none; four of them are.
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]+", re.IGNORECASE
)
_BUILT_ADDRESS = re.compile(r"[\w./@-]\{\{[a-z_]+\}\}|\{\{[a-z_]+\}\}(?:[/@-]|\.\w)")
_TILANG = re.compile(r"tilang", re.IGNORECASE)
# What a scam asks for. The fixed sentence that we never ask is taken out before looking.
_ASKS = re.compile(
    r"\w*(?:bayar|transfer|rekening|unduh|pasang|instal|aplikasi|sandi)\w*"
    r"|\b(?:uang|saldo|virtual account|kartu kredit|otp|pin|kode|apk)\b"
    r"|\b(?:pay|pays|paid|payments?|paying|payable|money|bank accounts?|credit card)\b"
    r"|\b(?:codes?|passwords?|download\w*|apps?)\b",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[\u0000-\u024f\u1e00-\u1eff]")
FIXED_SENTENCES = (
    "Kami tidak pernah meminta pembayaran, kode rahasia, atau pemasangan aplikasi lewat pesan.",
    "We never ask for payment, secret codes or installing an app by message.",
    "Pemberitahuan resmi, tanpa lampiran aplikasi",
    "Official notice, no app attached",
    "Jangan membayar apa pun karena pesan itu.",
    "Do not pay anything because of that message.",
)
_LONGEST_VALUE, _SHORTEST = 500, 40
_SHORTENED = ("lokasi", "instansi", "pelanggaran")
# What `notice_values` gives; the last two to a reminder only.
VARIABLES = frozenset({"plat", "instansi", "pelanggaran", "waktu", "lokasi", "ref", "situs", "batas", "ke"})
# What somebody whom an answer named is not told.
_OWNERS_ONLY = frozenset({"plat", "pelanggaran"})
_SWITCHES = frozenset({"picture", "named"})
# These still ask who drove.
_NO_TILANG = frozenset({Purpose.CONFIRMATION, Purpose.REMINDER})


@dataclass(frozen=True, slots=True)
class Template:
    """One message template in one language, as registered with a provider."""

    name: str
    purpose: str
    language: str
    subject: str  # of the e-mail; WhatsApp has none
    body: str
    footer: str
    button: str
    quick_reply: str
    picture: bool = True  # whether it shows the photograph, where there is one
    named: bool = False  # to somebody whom an answer named, who is shown neither plate nor offence nor photograph

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
        found = tuple(Template(**{**entry, "body": entry["body"].strip()}) for entry in only_table(text, "template"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise SetupError(f"The notice templates cannot be read: {problem}.") from problem
    for one in found:
        for field in fields(one):
            wanted, told = (bool, "true or false") if field.name in _SWITCHES else (str, "text in quotation marks")
            if type(getattr(one, field.name)) is not wanted:
                raise SetupError(
                    f"The notice templates cannot be read: {field.name} of {one.name!r:.80} must be {told}."
                )
    return found


def template_for(
    templates: Sequence[Template], purpose: str, languages: Sequence[str | None], *, named: bool = False
) -> Template:
    """The wording of a purpose in the first of these languages that has one; KeyError when none has.

    `named`: to somebody whom an answer named.
    """
    known = {one.language: one for one in templates if (one.purpose, one.named) == (purpose, named)}
    for language in languages:
        if language in known:
            return known[language]
    raise KeyError(f"no template for {purpose}")


def lint(template: Template, official_hosts: Sequence[str]) -> list[str]:
    """Everything wrong with a template; empty when it may be used. Source: design, section 5."""
    text = f"{template.subject}\n{template.body}\n{template.footer}\n{template.button}\n{template.quick_reply}"
    problems = [*_shape(template), *_variables(template), *_shown(template)]
    if template.purpose in _NO_TILANG and (found := _TILANG.search(_plain(text))):
        problems.append(f"says «{found[0]}»: a confirmation request is not a tilang")
    return problems + lint_text(text, official_hosts)


def _plain(text: str) -> str:
    """As it is read, without the sentences that everything may carry."""
    # Full-width letters and dots are read, and linked, as plain ones.
    plain = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    for sentence in FIXED_SENTENCES:
        plain = plain.replace(sentence, "\n")
    return plain


def lint_text(text: str, official_hosts: Sequence[str]) -> list[str]:
    """What is wrong with any text of ours to people: its letters, what it asks for, whom it names."""
    plain, problems = _plain(text), list(_letters(text))
    if found := _ASKS.search(plain):
        problems.append(f"says «{found[0]}»: a message never asks for money, a code or an app")
    for address in _ADDRESS.findall(plain):
        host = _host(address)
        if host not in official_hosts:
            problems.append(f"names {host or address}, which is not an official host")
    return problems


def _shape(template: Template) -> Iterator[str]:
    for kind, value, limit in (
        ("subject", template.subject, _SUBJECT_LIMIT),
        ("body", template.body, _BODY_LIMIT),
        ("footer", template.footer, _FOOTER_LIMIT),
        ("button", template.button, _BUTTON_LIMIT),
        ("quick reply", template.quick_reply, _BUTTON_LIMIT),
    ):
        if not value.strip():
            yield f"the {kind} is empty"
        if len(value) > limit:
            yield f"{kind} has {len(value)} characters, at most {limit} are allowed"
    body = template.body.strip()
    if body.startswith("{{") or body.endswith("}}"):
        yield "the body may not start or end with a variable"


def _shown(template: Template) -> Iterator[str]:
    """What is the owner's stays with the owner."""
    if not template.named:
        return
    if template.picture:
        yield "shows the photograph to somebody whom an answer named"
    for name in sorted(_OWNERS_ONLY & {*template.variables, *_VARIABLE.findall(template.subject)}):
        yield f"tells {{{{{name}}}}} to somebody whom an answer named"


def _letters(text: str) -> Iterator[str]:
    """Letters that look like ours, and characters that nobody sees, hide what a message says."""
    for character in dict.fromkeys(text):
        if unicodedata.category(character) in {"Cf", "Cc"} and character != "\n":
            yield f"contains the invisible character U+{ord(character):04X}"
        elif character.isalpha() and not _LATIN.match(unicodedata.normalize("NFKC", character)):
            yield f"contains the letter «{character}» (U+{ord(character):04X}), which is not Latin"


def _variables(template: Template) -> Iterator[str]:
    said = f"{template.subject}\n{template.body}"
    for name in dict.fromkeys(_VARIABLE_LIKE.findall(said)):
        if name[2:-2] not in VARIABLES:
            yield f"has the variable {name}; known are {', '.join(sorted(VARIABLES))}"
    if found := _BUILT_ADDRESS.search(said):
        yield f"builds an address from a variable: «{found[0]}»"
    for kind, value in (
        ("footer", template.footer),
        ("button", template.button),
        ("quick reply", template.quick_reply),
    ):
        if _VARIABLE_LIKE.search(value):
            yield f"the {kind} may not have a variable"


def _host(address: str) -> str:
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".,;:")
    except ValueError:
        return ""


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
    plate: str | None,
    agency: str,
    offences: Sequence[str],
    occurred_at: datetime,
    zone: str,
    place: str,
    reference: str,
    site: str,
    language: str,
    answer_by: datetime | None = None,
    number: int = 0,
) -> dict[str, str]:
    """The values of a notice by template variable. `site` is the host to type by hand.

    `plate`: None in what goes to somebody whom an answer named, who is told no offence either.
    `answer_by`, `number`: the last instant to answer, and which reminder it is; both only in a reminder.
    """
    reminding = {}
    if number and answer_by is not None:
        last_day = answer_by.astimezone(ZoneInfo(zone)).date()
        reminding = {"batas": paper_date(last_day, language), "ke": f"ke-{number}" if language == "id" else str(number)}
    said = {
        "instansi": agency,
        "waktu": paper_time(occurred_at, zone, language),
        "lokasi": place,
        "ref": reference,
        "situs": site,
    }
    if plate is not None:
        said |= {"plat": plate, "pelanggaran": "; ".join(offences)}
    return reminding | {name: line(value, _LONGEST_VALUE) for name, value in said.items()}


def fitted(body: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values of a template as a provider takes them: the words come to no more than it allows.

    What is too long is shortened, the place first; the plate, the reference and the dates never are.
    """
    fitting = dict(values)
    for name in _SHORTENED:
        over = len(_VARIABLE.sub(lambda found: fitting.get(found[1], ""), body)) - _BODY_LIMIT
        if over > 0 and len(fitting.get(name, "")) > _SHORTEST:
            fitting[name] = fitting[name][: max(_SHORTEST, len(fitting[name]) - over - 1)].rstrip() + "…"
    return fitting
