"""The channels that the suite is run for."""

from kit_email import EmailKit
from kit_letter import LetterKit
from kit_sms import InfobipKit, SmppKit
from kit_whatsapp import WhatsAppKit

KITS = {kit.name: kit for kit in (WhatsAppKit, EmailKit, SmppKit, InfobipKit, LetterKit)}
