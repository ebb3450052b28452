"""The notice as an e-mail: the same words, with the address to type and the picture. Pure.

The page stands on a table with styles on every element, as mail readers want it; the style sheet only adds what a
reader may leave out: a dark dress, and less margin on a phone. Nothing is fetched from anywhere.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from string import Template as Page

from cakra.journey.notice.rules import FIXED_SENTENCES, Template

_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_FACT = re.compile(r"([^:\n]{1,30}): (.+)")
_STAMP = "CONTOH"
_FONT = "font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_TEXT = f"{_FONT};font-size:16px;line-height:1.55;color:#1b2430"
_PAGE = Page("""<!doctype html>
<html lang="$language">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>$subject</title>
<style>
@media (max-width:480px){.desk{padding:0!important}.sheet{border-radius:0!important}
.in{padding-left:20px!important;padding-right:20px!important}
.facts,.facts tbody,.row,.key,.val{display:block!important;\
width:auto!important}.key{padding-bottom:0!important}.val{padding-top:2px!important;border-top:0!important}.act{display:block!important}}
@media (prefers-color-scheme:dark){.desk{background:#10151d!important}.sheet{background:#1a212c!important;\
border-color:#323c4b!important}.head{background:#0c2744!important}.t,.val{color:#e9edf3!important}.key,.q{color:\
#aab6c6!important}.panel{background:#222c3a!important;border-color:#7fb0ea!important}.key,.val{border-color:\
#323c4b!important}.foot{border-color:#323c4b!important}.act{background:#9cc4f5!important;color:#0b1c30!important}\
.web{color:#9cc4f5!important}.stamp{color:#ff9d9d!important;border-color:#ff9d9d!important}}
</style></head>
<body class="desk" style="margin:0;padding:24px 12px;background:#eceff4">
<div style="display:none;max-height:0;overflow:hidden;opacity:0">$preview</div>
<table class="sheet" role="presentation" align="center" cellpadding="0" cellspacing="0" style="width:100%;\
max-width:600px;margin:0 auto;background:#ffffff;border:1px solid #d5dbe4;border-radius:6px;border-collapse:separate;\
table-layout:fixed;overflow:hidden">
<tr><td class="head in" style="padding:20px 32px;background:#12355b;border-bottom:3px solid #c8a24a">
<p style="margin:0;$font;font-size:19px;line-height:1.3;font-weight:bold;color:#ffffff">$agency</p>
<p style="margin:4px 0 0;$font;font-size:13px;line-height:1.4;color:#c9d6e6">$unit</p>
</td></tr>
<tr><td class="in" style="padding:26px 32px 30px;overflow-wrap:anywhere;word-break:break-word">
$stamp<h1 class="t" style="margin:0 0 14px;$font;font-size:22px;line-height:1.3;font-weight:bold;color:#12355b">\
$heading</h1>
$opening
$picture$rest
</td></tr></table>
</body></html>
""")
_STAMPED = (
    f'<p class="stamp" style="margin:0 0 18px;padding:5px 12px;border:2px solid #a3161f;{_FONT};font-size:14px;'
    'font-weight:bold;letter-spacing:1px;color:#a3161f">CONTOH – {told}</p>\n'
)
_PICTURE = (
    '<p style="margin:0 0 6px"><img src="cid:picture" alt="{alt}" width="536" style="display:block;width:100%;'
    f"max-width:536px;height:auto;box-sizing:border-box;border:1px solid #c3cbd6;background:#f2f4f7;{_FONT};"
    'font-size:15px;line-height:1.5;color:#3a4656"></p>\n'
    f'<p class="q" style="margin:0 0 20px;{_FONT};font-size:13px;line-height:1.4;color:#56616f">{{note}}</p>\n'
)
_PARAGRAPH = f'<p class="t" style="margin:0 0 16px;{_TEXT}">'
_FACTS = (
    '<table class="facts" role="presentation" cellpadding="0" cellspacing="0" style="width:100%;margin:0 0 20px">\n'
    "{rows}</table>"
)
_CELL = f"padding:9px 0;border-top:1px solid #dde3ea;vertical-align:top;{_FONT};line-height:1.45"
_ROW = (
    f'<tr class="row"><td class="key" width="150" style="{_CELL};padding-right:14px;font-size:14px;color:#56616f">'
    "{key}:</td> "
    f'<td class="val" style="{_CELL};font-size:16px;font-weight:bold;color:#1b2430">{{value}}</td></tr>\n'
)
_PANEL = (
    f'<p class="panel t" style="margin:0 0 18px;padding:14px 18px;background:#f1f4f8;border-left:4px solid #12355b;'
    f'{_TEXT};font-size:15px">'
)
_ACT = Page(
    '<p style="margin:24px 0 10px"><a class="act" href="$link" style="display:inline-block;padding:14px 28px;'
    f"background:#12355b;border-radius:4px;color:#ffffff;{_FONT};font-size:17px;font-weight:bold;text-align:center;"
    'text-decoration:none">$button</a></p>\n'
    f'<p class="web" style="margin:0 0 24px;{_FONT};font-size:14px;line-height:1.5;color:#12355b">$link</p>'
)
_FOOT = Page(
    f'<p class="foot q" style="margin:0;padding-top:16px;border-top:1px solid #dde3ea;{_FONT};font-size:13px;'
    'line-height:1.5;color:#56616f">$footer</p>'
)
_WORDS = {
    "id": {
        "unit": "Penegakan hukum lalu lintas secara elektronik (ETLE)",
        "stamp": "bukan dokumen resmi",
        "alt": "Foto kamera kendaraan {plat}. Gambar tidak ditampilkan; foto juga ada di situs resmi.",
        "note": "Foto kamera; orang dan bagian dalam kendaraan disamarkan.",
    },
    "en": {
        "unit": "Electronic traffic law enforcement (ETLE)",
        "stamp": "not an official document",
        "alt": "Camera photograph of vehicle {plat}. The picture is not shown; it is on the official site too.",
        "note": "Camera photograph; people and the inside of the vehicle are masked.",
    },
}


def email_wording(
    template: Template, values: Mapping[str, str], link: str, *, with_picture: bool, stamped: bool
) -> dict[str, str]:
    """Subject, text and html (`Wording`). `link`: the notice's own address on the official host; no tracking."""
    subject, body = _filled(template.subject, values), _filled(template.body, values)
    stamp, words = f"{_STAMP}. " if stamped else "", _WORDS["en" if template.language == "en" else "id"]
    text = f"{stamp}{body}\n\n{template.button}: {link}\n\n{template.footer}\n"
    opening, *rest = body.split("\n\n")
    advice = [part for part in rest if any(sentence in part for sentence in FIXED_SENTENCES)]
    asking = [part for part in rest if part not in advice]
    shown = _PICTURE.format(alt=escape(words["alt"].format(plat=values.get("plat", ""))), note=escape(words["note"]))
    whole = partial(_unbroken, kept=[values[name] for name in ("ref", "plat") if name in values])
    act = _ACT.substitute(link=escape(link), button=escape(template.button))
    foot = _FOOT.substitute(footer=escape(template.footer))
    html = _PAGE.substitute(
        language=template.language,
        subject=escape(stamp + subject),
        preview=escape(opening),
        font=_FONT,
        agency=escape(values["instansi"]),
        unit=escape(words["unit"]),
        stamp=_STAMPED.format(told=escape(words["stamp"])) if stamped else "",
        heading=whole(escape(subject)),
        opening=whole(_part(opening)),
        picture=shown if with_picture else "",
        rest="\n".join(
            [*(whole(_part(part)) for part in asking), act, *(_PANEL + _lines(part) + "</p>" for part in advice), foot]
        ),
    )
    return {"subject": stamp + subject, "text": text, "html": html}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1]], text)


def _unbroken(markup: str, kept: Sequence[str]) -> str:
    """No line ends inside a reference or a plate."""
    for value in map(escape, kept):
        markup = markup.replace(value, f'<span style="white-space:nowrap">{value}</span>')
    return markup


def _part(text: str) -> str:
    """A paragraph; lines that all say "what: which" become a table."""
    facts = [_FACT.fullmatch(line) for line in text.split("\n")]
    if len(facts) > 1 and all(facts):
        rows = (_ROW.format(key=escape(fact[1]), value=escape(fact[2])) for fact in facts if fact)
        return _FACTS.format(rows="".join(rows))
    return _PARAGRAPH + _lines(text) + "</p>"


def _lines(text: str) -> str:
    return "<br>\n".join(escape(line) for line in text.split("\n"))
