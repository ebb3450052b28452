"""Texts: Indonesian is written where it is used, English stands beside it in each room's `en.po`.

Templates say `{{ _("…") }}` or `{% trans %}`; Python marks a text with `N_("…")` and the template
translates it where it is shown. A test finds every marked text without its English.
"""

from collections.abc import Iterable
from gettext import NullTranslations
from importlib import resources
from io import BytesIO

from babel.messages.pofile import read_po
from jinja2 import Environment

SOURCE_LANGUAGE = "id"
CATALOGUE = "en.po"


def N_(text: str) -> str:  # noqa: N802 - the customary mark of gettext
    """Mark an Indonesian text for translation; it is translated where it is shown."""
    return text


class Words:
    """The English of some rooms; a text without English is shown in Indonesian."""

    def __init__(self, packages: Iterable[str]) -> None:
        self.english: dict[str, str] = {}
        for package in packages:
            self.english.update(read_catalogue(package))

    def say(self, text: str, language: str) -> str:
        """The text in that language."""
        return text if language == SOURCE_LANGUAGE else self.english.get(text, text)

    def install(self, environment: Environment, language: str) -> None:
        """Give the templates of this environment their `_`."""
        environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
            _Translations(self, language), newstyle=True
        )


class _Translations(NullTranslations):
    def __init__(self, words: Words, language: str) -> None:
        super().__init__()
        self._words, self._language = words, language

    def gettext(self, message: str) -> str:
        return self._words.say(message, self._language)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def read_catalogue(package: str) -> dict[str, str]:
    """The English texts of one room by their Indonesian; empty when the room has none."""
    file = resources.files(package).joinpath(CATALOGUE)
    if not file.is_file():
        return {}
    catalogue = read_po(BytesIO(file.read_bytes()), locale="en")
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
