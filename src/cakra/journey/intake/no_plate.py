"""What cameras write where they read no plate: words in many languages, and fillers. No plate is no plate. Pure."""

import re
import unicodedata

_NOTHING_LEFT = re.compile(r"[\W_]+")
_LISTED = """
    unknown unknow unknwon unlicensed unlicenced unlicensedvehicle nolicense nolicence nolicenseplate nolicenceplate
    noplate noplatenumber nonumber nonumberplate noplates plateless withoutplate withoutlicenseplate missing
    none null nil nan na undefined empty void notavailable notread noread notreadable unread unreadable unreadplate
    notrecognized notrecognised unrecognized unrecognised norecognition notfound notdetected noresult invalid error
    noresults blank default test license licenseplate plate
    noplatedetected noplatefound platenotfound undetected undetermined unidentified unrecognizable unknownplate
    nomatch failed fail covered occluded nullnull novehicle
    tanpaplat tanpapelat tanpaplatnomor tanpapelatnomor tanpatnkb tanpanopol tanpanomor tanpanomorpolisi tanpanomorplat
    tanpanomorpelat tidakada tidakadaplat tidakadapelat tidakadanomor tidakadanopol tidakadatnkb tidakterbaca takterbaca
    plattidakterbaca pelattidakterbaca plattidakada pelattidakada tidakadaplatnomor platkosong nopolkosong
    tidakterdeteksi takterdeteksi tidakjelas tertutup plattertutup belumada takbernopol tidakbernopol takdikenali
    nopoltidakada nopoltidakterbaca tidakdikenal tidakdikenali takdikenal takdikenali tidakdiketahui takdiketahui
    tidakberplat takberplat nihil kosong belumterbaca gagalbaca nopol nopolisi tnkb plat pelat
    desconocido sinplaca sinplacas sinmatricula sinpatente semplaca semmatricula desconhecido inconnu sansplaque
    sansimmatriculation unbekannt keinkennzeichen ohnekennzeichen plakasiz bilinmiyor plakayok khongbien khongbienso
    khongco khongxacdinh sconosciuto senzatarga nieznany brak tiadaplat tiadanombor
    """
_WORDS = frozenset(_LISTED.split())
# Words of other scripts need not be listed: what has not two Latin letters or digits is no plate.
_FILLERS = frozenset("0xon")
_SHORTEST = 2
_SHORTEST_WORD = 3


def is_no_plate(text: str | None) -> bool:
    """Whether this text says that no plate was read: empty, a filler, such a word, or of another script.

    A misread plate (`8369FQ`) is a plate here; whether it is a valid one is the grammar's question.
    """
    folded = unicodedata.normalize("NFKD", text or "").casefold()
    latin = _NOTHING_LEFT.sub("", "".join(char for char in folded if char.isascii()))
    if len(latin) < _SHORTEST or latin in _WORDS:
        return True
    if len(set(latin)) == 1 and latin[0] in _FILLERS:
        return True
    word = latin.rstrip("0123456789")  # some firmware counts what it did not read: `noPlate_17`
    return len(word) >= _SHORTEST_WORD and word in _WORDS
