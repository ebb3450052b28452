"""Rendering: one Jinja environment a language, the frame's own values, and the forms' tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cakra.core.money import format_rupiah
from cakra.doors.design.assets import Assets
from cakra.doors.forms import FIELD, FormGuard, StaleForm
from cakra.doors.language import LANGUAGES, language_of
from cakra.doors.problems import Problem
from cakra.doors.words import N_, Words

_HERE = "cakra.doors.design"
_NOT_FOUND, _TOO_SLOW, _TOO_LARGE, _OVERLOADED, _FULL = 404, 408, 413, 503, 507
_PROBLEMS: dict[int | str, tuple[str, str]] = {
    StaleForm.code: (
        N_("Halaman ini sudah kedaluwarsa"),
        N_("Demi keamanan, isian tidak diterima. Buka lagi halaman awal, lalu isi kembali. Tidak ada yang tersimpan."),
    ),
    _NOT_FOUND: (
        N_("Halaman tidak ditemukan"),
        N_("Periksa kembali alamatnya, atau mulai dari halaman awal."),
    ),
    _TOO_SLOW: (
        N_("Isian tidak sampai tepat waktu"),
        N_("Sambungan Anda terlalu lambat atau terputus. Tidak ada yang tersimpan; coba kirim sekali lagi."),
    ),
    _TOO_LARGE: (
        N_("Isian terlalu besar"),
        N_("Tidak ada yang tersimpan. Persingkat isian Anda, lalu kirim lagi."),
    ),
    _OVERLOADED: (
        N_("Layanan sedang tidak dapat dipakai"),
        N_("Isian Anda belum tersimpan. Coba lagi beberapa menit lagi."),
    ),
}
_PROBLEMS[_FULL] = _PROBLEMS[_OVERLOADED]
_OUR_FAULT = (
    N_("Terjadi kesalahan pada sistem kami"),
    N_("Isian Anda mungkin belum tersimpan. Coba lagi beberapa menit lagi."),
)
_THEIR_FAULT = (N_("Permintaan tidak dapat diproses"), N_("Kembali ke halaman awal dan coba sekali lagi."))
_SERVER_FAULT = 500


@dataclass(frozen=True)
class Pages:
    """How one house (citizens, officers) shows its pages.

    rooms: packages whose `templates/` and `en.po` are used, the house's own first; home: where the brand
    links to; filters: extra template filters by name.
    """

    rooms: Sequence[str]
    assets: Assets
    guard: FormGuard
    demo: bool
    home: str = "/"
    filters: tuple[tuple[str, Callable[..., Any]], ...] = ()

    def __post_init__(self) -> None:
        packages = [*self.rooms, _HERE]
        words = Words(packages)
        object.__setattr__(
            self, "_environments", {code: self._environment(packages, words, code) for code in LANGUAGES}
        )

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The page in the reader's language; templates may ask for `form_token()`, which sets its cookie."""
        language = language_of(request)
        issued = self.guard.issue(request)
        page = self.environment(language).get_template(template)
        html = page.render(language=language, form_token=lambda: issued.token, **values)
        response = HTMLResponse(html, status, headers={"Content-Language": language, "Vary": "Cookie"})
        self.guard.remember(response, issued)
        return response

    def problem(self, request: Request, problem: Problem) -> Response:
        """A refusal as a page, for `install_problem_handlers`; nothing of the inside is shown."""
        fallback = _OUR_FAULT if problem.status >= _SERVER_FAULT else _THEIR_FAULT
        heading, words = _PROBLEMS.get(problem.code) or _PROBLEMS.get(problem.status, fallback)
        response = self.render(request, "problem.html", problem.status, heading=heading, words=words, detail="")
        response.headers.update(problem.headers)
        return response

    def environment(self, language: str) -> Environment:
        """The Jinja environment of that language."""
        found: Environment = self._environments[language]  # type: ignore[attr-defined]  # set once in __post_init__
        return found

    def _environment(self, packages: Sequence[str], words: Words, language: str) -> Environment:
        environment = Environment(
            loader=ChoiceLoader([PackageLoader(package) for package in packages]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        words.install(environment, language)
        environment.filters["rupiah"] = format_rupiah
        environment.filters.update(dict(self.filters))
        environment.globals.update(
            asset=self.assets.path, demo=self.demo, home=self.home, form_field=FIELD, faults={}, wide=False
        )
        return environment
