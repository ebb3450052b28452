"""The owner's phone: what each number received, as a messaging app would show it. No script needed."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cakra.sandbox.whatsapp.people import PersonSaid
from cakra.sandbox.whatsapp.provider import Provider

_JAKARTA = timezone(timedelta(hours=7))
_PAGES = Path(__file__).parent / "pages"
_LISTED = 200
_LONGEST = 1000
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,]")
_BOLD = re.compile(r"\*([^*\n]+)\*")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class Phone:
    """The pages of every simulated phone."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pages = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, trim_blocks=True)
        self._style = (_PAGES / "style.css").read_bytes()

    async def listing(self, _request: Request) -> Response:
        """Numbers that received something, newest first."""
        return self._page("numbers.html.j2", number=None, conversations=self._conversations(None))

    async def conversation(self, request: Request) -> Response:
        """One number's conversation; opening it is reading it."""
        number = str(request.path_params["number"])
        records = self._provider.log.conversation(number)
        for record in records:
            self._provider.receipts.mark_read(record["wamid"], number, record["tag"], record["phone_number_id"])
        people = self._provider.people
        lines = [self._bubble(record) for record in records if self._arrived(record)]
        lines += [_own(said) for said in people.said(number)]
        return self._page(
            "conversation.html.j2",
            number=number,
            pretty=_pretty(number),
            typing="tulis" in request.query_params,
            conversations=self._conversations(number),
            bubbles=sorted(lines, key=lambda line: line["at"]),
        )

    async def reply(self, request: Request) -> Response:
        """A tap on the quick reply, or a text that was typed."""
        number, form = str(request.path_params["number"]), await request.form()
        wamid, text = str(form.get("wamid", "")), str(form.get("text", "")).strip()[:_LONGEST]
        people, provider = self._provider.people, self._provider
        if text:
            owner = provider.owner_for(number)
            provider.receipts.say(owner, number, people.types(owner, number, text))
        for record in provider.log.conversation(number) if wamid else ():
            if record["wamid"] == wamid and not people.tapped(number, wamid):
                owner, label = record["phone_number_id"], self._bubble(record)["quick_reply"]
                payload = record.get("payload", "")
                provider.receipts.say(owner, number, people.taps(owner, number, wamid, label, payload))
        return RedirectResponse(f"/phone/{number}", 303)

    async def picture(self, request: Request) -> Response:
        """One uploaded picture."""
        found = self._provider.media.get(str(request.path_params["media"]))
        if found is None:
            return Response(status_code=404)
        kind = "image/png" if found.startswith(b"\x89PNG") else "image/jpeg"
        return Response(found, media_type=kind, headers=_HEADERS | {"Cache-Control": "max-age=3600"})

    async def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "max-age=60"})

    def _page(self, name: str, **values: Any) -> Response:
        html = self._pages.get_template(name).render(sender=self._provider.settings.display_name, **values)
        return Response(html, media_type="text/html; charset=utf-8", headers=_HEADERS)

    def _arrived(self, record: dict[str, Any]) -> bool:
        """A phone shows what reached it: nothing that failed, nothing the provider still holds back."""
        state = self._provider.receipts.state(record["wamid"])
        return state != "failed" and (record["status"] == "accepted" or state != "")

    def _conversations(self, chosen: str | None) -> list[dict[str, Any]]:
        rows = []
        for number, last in self._provider.log.numbers()[:_LISTED]:
            record = self._provider.log.read(last)
            if self._arrived(record):
                rows.append(self._row(number, self._bubble(record), chosen))
        listed = {row["number"] for row in rows}
        silent = [number for number in self._provider.people.numbers()[:_LISTED] if number not in listed]
        rows += [self._row(number, _own(self._provider.people.said(number)[-1]), chosen) for number in silent]
        return rows

    def _row(self, number: str, bubble: dict[str, Any], chosen: str | None) -> dict[str, Any]:
        return {
            "number": number,
            "pretty": _pretty(number),
            "preview": str(bubble["text"].striptags()),
            "time": bubble["time"],
            "chosen": number == chosen,
        }

    def _bubble(self, record: dict[str, Any]) -> dict[str, Any]:
        template = self._provider.templates.get((record["template"], record["language"]))
        shown = {
            "wamid": record["wamid"],
            "media": record["media"] if self._provider.media.get(record["media"]) else "",
            **_when(datetime.fromisoformat(record["at"])),
            "tapped": self._provider.people.tapped(record["to"].lstrip("+"), record["wamid"]),
            "footer": "",
            "link": "",
            "link_text": "",
            "quick_reply": "",
            "code_text": "",
        }
        if template is None:  # a free text, or from an earlier run whose text is no longer registered
            text = record.get("text") or " · ".join(record["variables"].values())
            return shown | {"text": _linked(_marked(text))}
        return shown | {
            "text": _marked(template.fill(record["variables"])),
            "footer": template.footer,
            "link": template.link(record["link"]) if template.button_url else "",
            "link_text": template.button_text,
            "code_text": template.button_text if template.carries_code else "",
            "quick_reply": template.quick_reply,
        }


def phone_routes(provider: Provider) -> list[Route]:
    """The routes of the phone pages."""
    phone = Phone(provider)
    return [
        Route("/phone/", phone.listing),
        Route("/phone/style.css", phone.style),
        Route("/phone/media/{media:int}", phone.picture),
        Route("/phone/{number:int}", phone.conversation),
        Route("/phone/{number:int}/reply", phone.reply, methods=["POST"]),
    ]


def _marked(text: str) -> Markup:
    """The app's own marks: *bold* and line ends; everything else is escaped."""
    bold = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(bold.replace("\n", "<br>"))  # noqa: S704 - escaped one line above


def _linked(text: Markup) -> Markup:
    """Addresses in a free text can be tapped, as in the app; the text is escaped already."""
    linked = _ADDRESS.sub(r'<a href="\g<0>" rel="noreferrer" target="_blank">\g<0></a>', str(text))
    return Markup(linked)  # noqa: S704 - escaped before; the pattern takes no quote and no bracket


def _own(said: PersonSaid) -> dict[str, Any]:
    """What the person wrote."""
    return {"mine": True, "text": _marked(said.text), **_when(said.at)}


def _when(moment: datetime) -> dict[str, Any]:
    local = moment.astimezone(_JAKARTA)
    return {"at": moment, "time": _clock(local), "day": local.strftime("%d.%m.%Y")}


def _pretty(number: str) -> str:
    """Grouped for the eye: +62 812-3456-7890."""
    rest = number[2:]
    groups = [rest[:3], *(rest[at : at + 4] for at in range(3, len(rest), 4))]
    return f"+{number[:2]} {'-'.join(groups)}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H.%M")
