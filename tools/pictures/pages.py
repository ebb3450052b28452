"""A phone's view of a text message, for the pictures only."""

from html import escape

_PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><style>
body{margin:0;background:#f4f5f7;font-family:Roboto,'Segoe UI',Helvetica,Arial,sans-serif;color:#1c2129}
header{display:flex;align-items:center;gap:12px;padding:14px 16px;background:#fff;border-bottom:1px solid #dfe3e8}
.who{width:38px;height:38px;border-radius:50%;background:#12355b;color:#fff;display:grid;place-items:center;
font-weight:bold;font-size:15px}
h1{margin:0;font-size:17px}small{color:#5d6775;font-size:13px}
.day{text-align:center;margin:18px 0 10px;color:#5d6775;font-size:13px}
.text{margin:0 60px 4px 14px;padding:11px 14px;background:#fff;border:1px solid #e2e6eb;
border-radius:4px 18px 18px 18px;font-size:16px;line-height:1.42}
.at{margin-left:20px;color:#5d6775;font-size:12px}
</style>
<header><div class="who">E</div><div><h1>ETLE CONTOH</h1><small>Pesan teks</small></div></header>
<p class="day">Sabtu, 21 November</p><p class="text">$text</p><span class="at">08.01</span>
"""


def sms_page(text: str) -> str:
    """The text as it arrives; nothing in it is a link."""
    return _PAGE.replace("$text", escape(text))
