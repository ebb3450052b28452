"""An account at an SMS centre or aggregator, from the settings; off by policy until it is switched on."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from cakra.kit.errors import SetupError
from cakra.kit.settings import Sms
from cakra.outside.loopback import require_loopback, require_loopback_host
from cakra.outside.sms.smpp.pdu import Bind, Command, Pdu, encode
from cakra.outside.sms.smpp.wire import ProtocolError

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_NUMBER = re.compile(r"\+?\d{3,15}")
_LONGEST_NAME, _LONGEST_SHORT_CODE = 11, 6
_ALPHANUMERIC, _INTERNATIONAL, _NETWORK, _ISDN, _NO_PLAN = 5, 1, 3, 1, 0


class IdForm(StrEnum):
    """How an SMS centre writes a message's id in its answer and in its receipts."""

    SAME = "same"
    HEX_THEN_DECIMAL = "hex_then_decimal"
    DECIMAL_THEN_HEX = "decimal_then_hex"


class Alphabet(StrEnum):
    """What the SMS centre takes a text for: its default (GSM, data coding 0) or Latin-1 (data coding 3)."""

    GSM = "gsm"
    LATIN1 = "latin1"


@dataclass(frozen=True, slots=True)
class SmppAccount:
    """One bind at one SMS centre. `source` is the registered sender, `brand` must be in every text.

    `echoes_reference`: the centre takes and returns user_message_reference, so a receipt finds its message
    even when the answer to the submit was lost. `zone`: of the times in its receipts.
    """

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    source: str
    brand: str
    system_type: str = ""
    tls: bool = False
    window: int = 10
    submits_per_s: float = 50.0
    response_timeout_s: float = 10.0
    enquire_s: float = 30.0
    validity_h: int = 12
    id_form: IdForm = IdForm.SAME
    alphabet: Alphabet = Alphabet.GSM
    zone: str = "Asia/Jakarta"
    echoes_reference: bool = False

    @property
    def source_kind(self) -> tuple[int, int]:
        """Type of number and numbering plan of the sender."""
        return kind_of(self.source)


@dataclass(frozen=True, slots=True)
class InfobipAccount:
    """An account at Infobip; `callback_url` is where its delivery reports are to go."""

    base_url: str
    key: str = field(repr=False)
    source: str
    brand: str
    callback_url: str = ""
    callback_user: str = ""
    callback_password: str = field(default="", repr=False)
    timeout_s: float = 10.0
    max_connections: int = 16
    validity_h: int = 12


def is_phone(number: str) -> bool:
    """Whether it is E.164 with its plus."""
    return _E164.fullmatch(number) is not None


def kind_of(source: str) -> tuple[int, int]:
    """(type of number, numbering plan) of a sender: a name, a short code or a whole number."""
    if not _NUMBER.fullmatch(source):
        return _ALPHANUMERIC, _NO_PLAN
    if len(source) <= _LONGEST_SHORT_CODE:
        return _NETWORK, _NO_PLAN
    return _INTERNATIONAL, _ISDN


def smpp_account(sms: Sms) -> SmppAccount:
    """The settings as an SMPP account; SetupError names what is missing or does not fit."""
    _require_allowed(sms)
    _require(sms, "host", "system_id", "password")
    account = as_account(sms)
    try:
        encode(Pdu(Command.BIND_TRANSCEIVER, 1, bind_body(account)))
    except ProtocolError as problem:
        raise SetupError(f"Settings sms: {problem}") from problem
    return account


def as_account(sms: Sms) -> SmppAccount:
    """The settings as they are, whether or not anything may be sent with them."""
    return SmppAccount(
        host=sms.host,
        port=sms.port,
        system_id=sms.system_id,
        password=sms.password,
        source=sms.source,
        brand=sms.brand,
        system_type=sms.system_type,
        tls=sms.tls,
        window=sms.window,
        submits_per_s=sms.submits_per_s,
        response_timeout_s=sms.response_timeout_s,
        enquire_s=sms.enquire_s,
        validity_h=sms.validity_h,
        id_form=IdForm(sms.message_ids),
        alphabet=Alphabet(sms.alphabet),
        zone=sms.receipt_zone,
        echoes_reference=sms.echoes_reference,
    )


def infobip_account(sms: Sms) -> InfobipAccount:
    """The settings as an Infobip account; SetupError names what is missing."""
    _require_allowed(sms)
    _require(sms, "infobip_base_url", "infobip_key", "infobip_callback_user", "infobip_callback_password")
    return InfobipAccount(
        base_url=sms.infobip_base_url,
        key=sms.infobip_key,
        source=sms.source,
        brand=sms.brand,
        callback_url=sms.infobip_callback_url,
        callback_user=sms.infobip_callback_user,
        callback_password=sms.infobip_callback_password,
        timeout_s=sms.response_timeout_s,
        max_connections=sms.window,
        validity_h=sms.validity_h,
    )


def require_sms_on_loopback(sms: Sms) -> None:
    """With a synthetic register: whichever provider is set must be on this machine; SetupError."""
    if sms.provider == "smpp":
        require_loopback_host(sms.host)
    else:
        require_loopback(sms.infobip_base_url)


def bind_body(account: SmppAccount) -> Bind:
    """What bind_transceiver says for this account."""
    return Bind(system_id=account.system_id, password=account.password, system_type=account.system_type)


def _require_allowed(sms: Sms) -> None:
    if not sms.enabled:
        raise SetupError(
            "SMS is off: the directorate's guidance calls an SMS in the name of ETLE a fraud. Set sms.enabled "
            "only when the directorate has decided otherwise in writing."
        )
    _require(sms, "source", "brand")
    if kind_of(sms.source)[0] == _ALPHANUMERIC and len(sms.source) > _LONGEST_NAME:
        raise SetupError(f"Setting sms.source: a sender's name has at most {_LONGEST_NAME} characters.")


def _require(sms: Sms, *names: str) -> None:
    missing = [name for name in names if not getattr(sms, name)]
    if missing:
        raise SetupError(f"SMS is on, but {', '.join(f'sms.{name}' for name in missing)} is empty.")
