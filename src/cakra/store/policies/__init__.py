"""The table of policies: read into the process's book, and written by two people, one who drafts, one who approves."""

from cakra.store.policies.drafting import Draft, PolicyDesk, WrittenEdition, enact
from cakra.store.policies.reading import open_book, renew_book

__all__ = ["Draft", "PolicyDesk", "WrittenEdition", "enact", "open_book", "renew_book"]
