"""WhatsApp Cloud API: a picture by id, a template message with our tag, signed webhooks back.

`client` sends, `payload` writes what is sent, `answers` reads what comes back, `codes` says what the
provider's numbers mean for us, `webhook` verifies and reads receipts, `inbound` what people write, `words` what is
said about templates, numbers and the account (`reading`: JSON that may be anything), `templates` registers our texts,
`guard` keeps a synthetic register away from real phones.
"""

from cakra.outside.loopback import require_loopback
from cakra.outside.whatsapp.client import WhatsAppAccount, WhatsAppSender
from cakra.outside.whatsapp.payload import TemplateShape
from cakra.outside.whatsapp.templates import TemplateDefinition, register_templates
from cakra.outside.whatsapp.webhook import WhatsAppCallbacks, challenge

__all__ = [
    "TemplateDefinition",
    "TemplateShape",
    "WhatsAppAccount",
    "WhatsAppCallbacks",
    "WhatsAppSender",
    "challenge",
    "register_templates",
    "require_loopback",
]
