"""The notice as an e-mail: the same words, with the address to type and the picture. Pure."""

import re
from collections.abc import Mapping
from html import escape

from cakra.journey.notice.rules import Template

_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_STAMP = "CONTOH"
_TEXT = "font:16px/1.55 Arial,Helvetica,sans-serif;color:#1b2430"
_PARAGRAPH = f'<p style="margin:0 0 16px;{_TEXT}">'
_HTML = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px 12px;background:#eef1f5">
<table role="presentation" align="center" cellpadding="0" cellspacing="0" style="width:100%;max-width:600px;\
margin:0 auto;background:#fff;border-top:6px solid #12355b">
<tr><td style="padding:24px 28px">
{stamp}<p style="margin:0 0 20px;font:bold 18px/1.3 Arial,Helvetica,sans-serif;color:#12355b">{agency}</p>
{picture}{paragraphs}
<p style="margin:24px 0 8px"><a href="{link}" style="display:inline-block;padding:12px 20px;background:#12355b;\
color:#fff;font:bold 16px Arial,Helvetica,sans-serif;text-decoration:none">{button}</a></p>
<p style="margin:0 0 20px;font:14px/1.5 Arial,Helvetica,sans-serif;color:#4a5868;word-break:break-all">{link}</p>
<p style="margin:0;padding-top:16px;border-top:1px solid #d5dce4;font:14px/1.5 Arial,Helvetica,sans-serif;\
color:#4a5868">{footer}</p>
</td></tr></table>
</body></html>
"""
_STAMPED = (
    '<p style="margin:0 0 16px;padding:6px 10px;border:2px solid #a3161f;'
    'font:bold 16px Arial,Helvetica,sans-serif;color:#a3161f">CONTOH</p>\n'
)
_PICTURE = '<p style="margin:0 0 20px"><img src="cid:picture" alt="{alt}" style="width:100%;height:auto"></p>\n'
_ALT = {"id": "Foto kendaraan, bagian lain disamarkan", "en": "Photograph of the vehicle, the rest is masked"}


def email_wording(
    template: Template, values: Mapping[str, str], link: str, *, with_picture: bool, stamped: bool
) -> dict[str, str]:
    """Subject, text and html (`Wording`). `link`: the notice's own address on the official host; no tracking."""
    subject, body = _filled(template.subject, values), _filled(template.body, values)
    stamp = f"{_STAMP}. " if stamped else ""
    text = f"{stamp}{body}\n\n{template.button}: {link}\n\n{template.footer}\n"
    html = _HTML.format(
        language=template.language,
        subject=escape(stamp + subject),
        stamp=_STAMPED if stamped else "",
        agency=escape(values["instansi"]),
        picture=_PICTURE.format(alt=escape(_ALT.get(template.language, ""))) if with_picture else "",
        paragraphs="\n".join(_paragraph(part) for part in body.split("\n\n")),
        link=escape(link),
        button=escape(template.button),
        footer=escape(template.footer),
    )
    return {"subject": stamp + subject, "text": text, "html": html}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1]], text)


def _paragraph(text: str) -> str:
    return _PARAGRAPH + "<br>\n".join(escape(line) for line in text.split("\n")) + "</p>"
