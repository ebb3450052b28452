"""SMS, off by policy: one short text without a link, through an SMS centre (SMPP 3.4) or Infobip.

What may go out says `core.short_text`; `account` joins the settings; `client` sends over a lasting `session` made
of one `link` after another at a `pace`; `pdu` and `wire` are the protocol, `codes` what its statuses mean
for us, `receipts` what the centre says later. `infobip` is the same over HTTP.
"""

from cakra.core.delivery.short_text import wording_faults
from cakra.outside.sms.client import SmppSender
from cakra.outside.sms.infobip import InfobipCallbacks, InfobipSender
from cakra.outside.sms.receipts import SmppCallbacks, smpp_callbacks
from cakra.outside.sms.smpp.account import (
    Alphabet,
    IdForm,
    InfobipAccount,
    SmppAccount,
    infobip_account,
    require_sms_on_loopback,
    smpp_account,
)

__all__ = [
    "Alphabet",
    "IdForm",
    "InfobipAccount",
    "InfobipCallbacks",
    "InfobipSender",
    "SmppAccount",
    "SmppCallbacks",
    "SmppSender",
    "infobip_account",
    "require_sms_on_loopback",
    "smpp_account",
    "smpp_callbacks",
    "wording_faults",
]
