"""The phrases in which people say that they want no more messages, or that a message is not theirs. Pure.

A phrase counts only when every word of it belongs: «jangan kirim pesan lagi» asks us to stop, «jangan kirim surat
tilang, saya bukan pengemudinya» is an answer that a person must read. So each phrase is a head and then words that may
follow it, and nothing else. Words are in capitals without accents (`rules.words_of`).
"""

import re
from collections.abc import Sequence

_POLITE = (
    "TOLONG MOHON HARAP MAAF PERMISI PLEASE PLS SORRY PAK BU BAPAK IBU KAK MIN ADMIN MAS MBAK BANG BOS "
    "GAN SIR MADAM YA YAH DONG DEH LAH KAH NIH SIH SAJA AJA MAKASIH TRIMS THANKS THANK YOU HALO HALLO HAI "
    "HI HELLO SELAMAT PAGI SIANG SORE MALAM OK OKE SEGERA SEKARANG NOW "
)
POLITE = frozenset(_POLITE.split())
_THANKS = " TERIMA KASIH "
_ME = "SAYA SY AKU KU GUE GUA GW KAMI"
_NO = "JANGAN JGN JANGN JANGANLAH JANGAN2 STOP BERHENTI HENTIKAN SETOP STOPLAH"
_UNWANTED = "TIDAK TAK TDK GAK GA NGGAK ENGGAK NDAK ENGGA OGAH"
_WILL = "MAU INGIN PERLU USAH MINTA BERSEDIA BUTUH"
_SENDING = (
    "KIRIM KIRIMI KIRIMKAN MENGIRIM MENGIRIMI MENGIRIMKAN DIKIRIM DIKIRIMI NGIRIM HUBUNGI MENGHUBUNGI DIHUBUNGI GANGGU "
    "MENGGANGGU DIGANGGU WA WHATSAPP CHAT SMS SPAM TERIMA MENERIMA DAPAT MENDAPAT MENDAPATKAN TELEPON"
)
_ABOUT = (
    "PESAN PESAN2 WA WHATSAPP CHAT SMS SPAM NOTIFIKASI NOTIF PEMBERITAHUAN INFO INFORMASI LANGGANAN BERLANGGANAN KE "
    "PADA KEPADA NOMOR NOMER NO HP INI ITU SINI LAGI APAPUN APA SEMUA TERUS DARI ANDA KALIAN LEWAT VIA"
)
_SEND_EN = (
    "SEND SENDING MESSAGE MESSAGING MESSAGES TEXT TEXTING CONTACT CONTACTING WRITE WRITING CHAT SPAM SPAMMING WHATSAPP"
)
_ABOUT_EN = (
    "ME US TO ANY MORE ANYMORE AGAIN MESSAGE MESSAGES TEXT TEXTS SPAM THIS THESE NUMBER PHONE NOTICE NOTICES "
    "NOTIFICATION NOTIFICATIONS UPDATES WHATSAPP WA ALL ON HERE FROM MY OF YOUR LIST THE"
)
_OWNED = "MILIK PUNYA KEPUNYAAN KENDARAAN MOBIL MOTOR NOMOR NOMER NO HP WA PLAT PELAT NOPOL INI ITU"

# Patterns over words joined by blanks; {ME} and so on stand for one of those words.
_STOP_ID = (
    "BERHENTI|HENTIKAN|SETOP|UNREG|BATAL|KELUAR|STOP",
    "(?:{ME} )?(?:MAU |INGIN |MINTA )?(?:BERHENTI|BATAL|KELUAR|SETOP) (?:BERLANGGANAN|LANGGANAN)",
    "{ME} (?:MAU|INGIN|MINTA) (?:BERHENTI|SETOP|KELUAR|STOP)",
    "(?:{ME} )?{NO}(?: {ME})?(?: DI)? {SENDING}(?: {AFTER})*",
    "(?:STOP|SETOP|HENTIKAN)(?: (?:{ME}|{ABOUT}))+",
    "(?:{ME} )?{UNWANTED} {WILL}(?: LAGI)? {SENDING}(?: (?:{ME}|{ABOUT}))*",
    "(?:HAPUS|KELUARKAN|COPOT|COPOTKAN) (?:NOMOR|NOMER|NO)(?: HP)?(?: (?:{ME}|{ABOUT}|DAFTAR))*",
)
_STOP_EN = (
    "STOP(?: ALL)?|STOPALL|UNSUB|UNSUBSCRIBE(?: ME)?|CANCEL|END|QUIT|REVOKE|OPT ?OUT|OPT ME OUT",
    "(?:I WANT TO )?(?:STOP|DO NOT|DONT|NEVER|NO MORE|NO)(?: EVER)? {SEND_EN}(?: {ABOUT_EN})*",
    "STOP THIS|STOP IT",
    "(?:REMOVE|DELETE|TAKE) (?:ME|MY NUMBER|THIS NUMBER)(?: (?:OFF|{ABOUT_EN}))*",
    "LEAVE ME ALONE",
)
_NOT_MINE_ID = (
    "(?:(?:INI|ITU) )?BUKAN(?: {OWNED})* {ME}",
    "(?:{ME} )?BUKAN (?:{OWNED} )*(?:PEMILIK|PEMILIKNYA|YANG PUNYA)(?: {OWNED})*",
    "(?:{ME} )?(?:TIDAK|TAK|TDK|GAK|GA|NGGAK) (?:PUNYA|MEMILIKI) (?:KENDARAAN|MOBIL|MOTOR)(?: (?:INI|ITU|TERSEBUT))?",
    "(?:{ME} )?(?:ANDA )?SALAH (?:NOMOR|NOMER|NO|SAMBUNG|ORANG|KIRIM|ALAMAT|TUJUAN)(?: (?:INI|ITU|HP|WA|ORANG))*",
    "BUKAN BUAT {ME}|BUKAN UNTUK {ME}",
)
_NOT_MINE_EN = (
    "(?:(?:THIS|THAT|IT) IS |ITS |THATS )?NOT (?:ME|MINE|FOR ME|MY (?:VEHICLE|CAR|MOTORCYCLE|BIKE|NUMBER))",
    "(?:YOU HAVE (?:THE )?|THIS IS (?:THE |A )?)?WRONG (?:NUMBER|PERSON|NO|NUM)",
    "(?:I AM|IM) NOT THE OWNER(?: OF (?:THIS|THAT|THE) (?:VEHICLE|CAR))?",
)
_START_ID = ("(?:MULAI|LANJUT|LANJUTKAN|AKTIFKAN)(?: LAGI)?",)
_START_EN = ("START(?: AGAIN)?|UNSTOP|RESUME|SUBSCRIBE",)
# A keyword of some length may have one slip of the finger.
_LONG_STOPS = ("BERHENTI", "HENTIKAN", "UNSUBSCRIBE")
_SHORT = {
    "BKN": "BUKAN", "SLH": "SALAH", "NMR": "NOMOR", "NMER": "NOMOR", "ORG": "ORANG", "TSB": "TERSEBUT",
    "KIRIM2": "KIRIM", "BRENTI": "BERHENTI", "ISNT": "IS NOT",
}  # fmt: skip
_REPEATED = re.compile(r"(.)\1{2,}")


def _one_of(words: str) -> str:
    # Each word once: with two ways to read it, a long row of them would take for ever to be refused.
    return f"(?:{'|'.join(dict.fromkeys(words.split()))})"


_PARTS = {
    "{ME}": _one_of(_ME),
    "{NO}": _one_of(_NO),
    "{UNWANTED}": _one_of(_UNWANTED),
    "{WILL}": _one_of(_WILL),
    "{SENDING}": _one_of(_SENDING),
    "{ABOUT}": _one_of(_ABOUT),
    "{AFTER}": _one_of(f"{_ME} {_ABOUT} {_SENDING}"),
    "{SEND_EN}": _one_of(_SEND_EN),
    "{ABOUT_EN}": _one_of(_ABOUT_EN),
    "{OWNED}": _one_of(_OWNED),
}


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    whole = "|".join(f"(?:{pattern})" for pattern in patterns)
    for name, words in _PARTS.items():
        whole = whole.replace(name, words)
    return re.compile(whole)


_STOPS = {"en": _compiled(_STOP_EN), "id": _compiled(_STOP_ID)}
_NOT_MINES = {"id": _compiled(_NOT_MINE_ID), "en": _compiled(_NOT_MINE_EN)}
_STARTS = {"id": _compiled(_START_ID), "en": _compiled(_START_EN)}


def asks_to_stop(words: Sequence[str]) -> str | None:
    """The language in which these words ask for no more messages; None when they say anything else."""
    said = spoken(words)
    slipped = len(said) == 1 and any(_one_slip(said[0], keyword) for keyword in _LONG_STOPS)
    return "id" if slipped else _language(_STOPS, said)


def denies(words: Sequence[str]) -> str | None:
    """The language in which these words say that it is not theirs."""
    return _language(_NOT_MINES, spoken(words))


def asks_to_start(words: Sequence[str]) -> str | None:
    """The language in which these words ask for messages again."""
    return _language(_STARTS, spoken(words))


def spoken(words: Sequence[str]) -> list[str]:
    """Without what is only polite, a letter held down counted once; empty when nothing else was said."""
    said = f" {' '.join(words)} ".replace(_THANKS, " ").split()
    return [_SHORT.get(word, _REPEATED.sub(r"\1", word)) for word in said if word not in POLITE]


def _language(patterns: dict[str, re.Pattern[str]], said: Sequence[str]) -> str | None:
    phrase = " ".join(said)
    return next((language for language, pattern in patterns.items() if pattern.fullmatch(phrase)), None)


def _one_slip(word: str, keyword: str) -> bool:
    """Whether a word is the keyword but for one letter left out, added, changed, or two that changed places."""
    if abs(len(word) - len(keyword)) > 1:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(word, keyword, strict=False)) if a != b), min(len(word), len(keyword))
    )
    mine, theirs = word[start:], keyword[start:]
    swapped = mine[:2] == theirs[1::-1] and mine[2:] == theirs[2:] and len(mine) > 1
    return mine[1:] == theirs[1:] or mine[1:] == theirs or mine == theirs[1:] or swapped
