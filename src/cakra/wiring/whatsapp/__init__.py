"""WhatsApp beside sending: what the provider says, what people write, and what they are answered."""

from cakra.wiring.whatsapp.people import chat_works, reply_texts
from cakra.wiring.whatsapp.words import TemplateShapes, callbacks, hearers, template_desk

__all__ = ["TemplateShapes", "callbacks", "chat_works", "hearers", "reply_texts", "template_desk"]
