"""A simulated WhatsApp provider on loopback, and the owner's phone that shows what it delivered.

It speaks the Cloud API's wire forms (media, messages, message templates, signed status webhooks), checks
what it is given as the provider does, writes every accepted send to an append-only log, and misbehaves
on request. `server.serve` runs it; `provider` is the hot path, `receipts` the webhooks, `phone` the pages.
"""

from cakra.sandbox.whatsapp.server import serve
from cakra.sandbox.whatsapp.settings import Faults, SandboxWhatsAppSettings

__all__ = ["Faults", "SandboxWhatsAppSettings", "serve"]
