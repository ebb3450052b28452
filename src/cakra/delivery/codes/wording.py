"""The words around a one-time code, by language and channel. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from cakra.core.delivery.short_text import ONE_SEGMENT, gsm_plain
from cakra.core.errors import SetupError
from cakra.core.ports import Channel, Message, Wording

_STAMP = "CONTOH. "


@dataclass(frozen=True, slots=True)
class CodeWords:
    """One language. `template`: as registered with WhatsApp; `button`: its label there; the others with `{…}`."""

    language: str
    template: str
    button: str
    sms: str
    subject: str
    email: str

    def message(
        self, channel: Channel, recipient: str, digits: str, office: str, brand: str, *, stamped: bool
    ) -> dict[str, str]:
        """What is sealed until the call: recipient, and the words or the digits that the channel needs."""
        if channel is Channel.WHATSAPP:
            return {"recipient": recipient, "digits": digits}
        stamp, said = _STAMP if stamped else "", {"kode": digits, "merek": brand}
        if channel is Channel.SMS:
            office = gsm_plain(office)
            over = len(stamp + self.sms.format(instansi=office, **said)) - ONE_SEGMENT
            text = self.sms.format(instansi=office[: len(office) - max(over, 0)].rstrip() or brand, **said)
            return {"recipient": recipient, "text": stamp + text}
        text = stamp + self.email.strip().format(instansi=office, **said) + "\n"
        return {"recipient": recipient, "subject": stamp + self.subject, "text": text}

    def read(self, content: Mapping[str, str], tag: str) -> Message:
        """The message of an opened content; KeyError, TypeError when it is none."""
        digits = content.get("digits")
        wording = None if digits else Wording(content.get("subject", ""), content["text"])
        variables = {"kode": digits} if digits else {}
        return Message(tag, content["recipient"], self.template, self.language, variables, "", wording=wording)


def parse_words(text: str) -> Mapping[str, CodeWords]:
    """Language → words of a TOML file, its first language first; SetupError when one lacks something."""
    try:
        found = {one["language"]: CodeWords(**one) for one in tomllib.loads(text)["words"]}
        for one in found.values():
            one.message(Channel.SMS, "", "0", "", "", stamped=True)
            one.message(Channel.EMAIL, "", "0", "", "", stamped=True)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as problem:
        raise SetupError(f"The words of one-time codes cannot be read: {problem!r}.") from problem
    if not found:
        raise SetupError("The words of one-time codes are missing.")
    return found
