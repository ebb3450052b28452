"""Reports that a mail server wrote in words only: what is plain in them, whatever the language. Pure.

Only what a server writes counts: a person may say that an address is gone, and an absence note is no report.
"""

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from html import unescape

from cakra.core.foreign import line, text

_DAEMONS = re.compile(
    r"(?:mailer|mail|smtp|delivery|m)?[-_.]?daemon|postmaster|mail[-_.]?delivery[-_.]?\w*|mailer", re.IGNORECASE
)
_LONGEST, _LONGEST_FIELD, _MOST_PARTS = 64 * 1024, 1000, 64
_TAG = re.compile(r"<[^<>]{0,2000}>")
# From here on the report returns our own message.
_RETURNED = re.compile(
    r"^[> ]{0,8}(?:-{2,40}[^\n]{0,80}?\b(?:original|returned|copy|pesan asli)\b|this is a copy of (?:the|your) message"
    r"|original message (?:headers|follows))",
    re.IGNORECASE | re.MULTILINE,
)
_PERMANENT_CODE = re.compile(r"(?<![\d.])(5\.\d{1,3}\.\d{1,3})(?![\d.])")
_PERMANENT_REPLY = re.compile(r"(?<![\d.,:/-])(?:55[0-6]|52[13])[ :-](?=\D)")
_PASSING_CODE = re.compile(r"(?<![\d.])4\.\d{1,3}\.\d{1,3}(?![\d.])")


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_PERMANENT = _any(
    # English
    r"permanent (?:\w+ ){0,2}(?:error|failure)|(?:was |were |has been )blocked by|delivery (?:\S+ ){0,4}was stopped",
    r"unable to deliver your|not been delivered|does(?:n't| not) have an? \S{1,80} account|over quota",
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|address)",
    r"mailbox (?:not found|unavailable|does not exist|is full)",
    r"(?:address|user|account|domain) (?:not found|does(?:n't| not) exist|(?:couldn't|could not) be found)",
    r"recipient (?:address )?rejected|wasn't able to deliver",
    r"(?:could not|couldn't|cannot|can't|was not|wasn't) (?:be )?delivered",
    r"undeliverable|undelivered|delivery (?:has )?failed|failed permanently|giving up",
    # Indonesian and Malay
    r"tidak (?:dapat|bisa|berhasil) (?:di)?(?:kirim|sampai|antar)|t(?:id)?ak terkirim|gagal (?:di)?kirim",
    r"pengiriman (?:telah |sudah )?gagal|kotak (?:masuk|surat)\w* (?:\S{1,40} ){0,3}penuh",
    r"(?:alamat|pengguna|akun|kotak surat)\w* (?:\S{1,40} ){0,3}tidak (?:ditemukan|dikenal|ada|terdaftar)",
    # other languages that mail systems speak
    r"unzustellbar|konnte nicht zugestellt|onbestelbaar|kon niet worden (?:afgeleverd|bezorgd)",
    r"no se (?:ha )?p[uo]d\w* entregar|n'a pas pu \S{1,20} ?(?:remis|distribu|livr)|non remis",
    r"n\u00e3o (?:p\u00f4de|foi) \S{0,20} ?entreg|impossibile consegnare",
    r"\u043d\u0435 \u0434\u043e\u0441\u0442\u0430\u0432\u043b\u0435\u043d",
    r"\u65e0\u6cd5\u6295\u9012|\u9000\u4fe1|\u914d\u4fe1\u3067\u304d\u307e\u305b\u3093|\u3042\u3066\u5148\u4e0d\u660e",
)
_PASSING = _any(
    r"\bdelay(?:ed)?\b|still (?:being )?(?:try|retr)\w*|will (?:continue|keep|be retried|try)|not yet been delivered",
    r"warning (?:message )?only|not need to resend|could not send message for past",
    r"tertunda|akan (?:terus )?(?:di|men)?coba|verz\u00f6ger|retrasad|retard[\u00e9e]",
)


@dataclass(frozen=True, slots=True)
class WordedReport:
    """What a report says: failed for good, with the code that it names ("" for none), or delayed."""

    failed: bool
    code: str = ""


def report_in_words(message: Message) -> WordedReport | None:
    """What a server's own words say about a message; None for anything that is not plainly a report."""
    if not _is_servers(message):
        return None
    # On one line: a phrase may stand on two.
    said = line(f"{line(str(message.get('Subject', '')), _LONGEST_FIELD)} {_words(message)}", _LONGEST)
    code = _PERMANENT_CODE.search(said)
    if _PASSING.search(said) and not code and not _PERMANENT_REPLY.search(said):
        return WordedReport(failed=False)
    if code or _PERMANENT_REPLY.search(said) or _PERMANENT.search(said) or "X-Failed-Recipients" in message:
        return WordedReport(failed=True, code=code[1] if code else "")
    return WordedReport(failed=False) if _PASSING_CODE.search(said) else None


def _is_servers(message: Message) -> bool:
    """Whether a mail system wrote it. An empty return path proves nothing: absence notes have one too."""
    if "X-Failed-Recipients" in message:
        return True
    address = parseaddr(line(str(message.get("From", "")), _LONGEST_FIELD))[1]
    return _DAEMONS.fullmatch(address.partition("@")[0]) is not None


def _words(message: Message) -> str:
    """The first text of a message, without markup and without what it returns of ours."""
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            break
        written = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(written, bytes) and written.strip():
            read = text(written[:_LONGEST].decode(_charset(part), "replace"), _LONGEST)
            if part.get_content_subtype() == "html":
                read = unescape(_TAG.sub(" ", read))
            return _RETURNED.split(read, maxsplit=1)[0]
    return ""


def _charset(part: Message) -> str:
    """The declared character set, where it is one that can be decoded."""
    try:
        name = str(part.get_content_charset("utf-8"))
        b"".decode(name)
    except (LookupError, ValueError, TypeError, AttributeError):
        return "utf-8"
    return name
