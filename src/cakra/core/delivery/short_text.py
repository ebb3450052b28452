"""What an SMS in the name of the state may look like, and its bytes. Pure.

One segment of the GSM 7-bit default alphabet without its extension table (Indonesian networks deliver
neither Unicode nor the extension's characters reliably and may tear longer messages), the brand in the
body (a rule of the networks), and nothing that a phone turns into a link (fraud works by links, so ours
have none). Source of the alphabet: 3GPP TS 23.038, section 6.2.1.
"""

import re
import unicodedata

# In the order of their septets; the 28th place (escape) is not a character of a text.
_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SEPTETS = {character: place for place, character in enumerate(_ALPHABET) if character != "\x1b"}
GSM = frozenset(_SEPTETS)
ONE_SEGMENT = 160
_PLAIN = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})
# Every dot but one inside a number such as 08.01; of 10.0.0.1 only the last stays.
_DOT = re.compile(r"(?<!\d)\.|\.(?!\d)|\.(?=\d+\.)")
_LINK = re.compile(
    r"://|\bwww\.|\b\w[\w-]*\.[^\W\d_]{2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)


def gsm_plain(text: str) -> str:
    """Text in letters that every network carries, with no dot that a phone could take for an address."""
    letters = (c if c in GSM else unicodedata.normalize("NFKD", c)[0] for c in text.translate(_PLAIN))
    known = "".join(c if c in GSM else "?" for c in letters).replace("//", "/")
    return " ".join(_DOT.sub(" ", known).split())


def wording_faults(text: str, brand: str) -> list[str]:
    """Why this text may not go out as an SMS, one sentence each; empty when it may."""
    faults = []
    if not text.strip():
        faults.append("The SMS has no text.")
    strange = sorted({character for character in text if character not in _SEPTETS})
    if strange:
        shown = " ".join(f"{character!r} (U+{ord(character):04X})" for character in strange[:5])
        faults.append(f"The SMS has characters outside the GSM 7-bit default alphabet: {shown}; write them plainly.")
    if len(text) > ONE_SEGMENT:
        faults.append(f"The SMS has {len(text)} characters; one segment has {ONE_SEGMENT}. Shorten it.")
    link = _LINK.search(text)
    if link:
        faults.append(
            f"A phone would make a link of {link[0]!r}; an SMS of ours has none. Say 'situs resmi', "
            f"or put a space after the dot."
        )
    if brand.casefold() not in text.casefold():
        faults.append(f"The SMS does not name {brand!r}, which the networks ask for in the text itself.")
    return faults


def gsm_octets(text: str) -> bytes:
    """One octet a septet (unpacked), as SMS centres take the default alphabet; ValueError names a stranger."""
    try:
        return bytes(_SEPTETS[character] for character in text)
    except KeyError as stranger:
        raise ValueError(f"{stranger.args[0]!r} is not in the GSM 7-bit default alphabet.") from stranger
