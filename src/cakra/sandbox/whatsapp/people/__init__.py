"""The people at the other end: what they wrote, to which of our numbers, and how the provider tells us of it."""

from cakra.sandbox.whatsapp.people.people import People, PersonSaid

__all__ = ["People", "PersonSaid"]
