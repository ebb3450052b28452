"""What a provider says about our texts, numbers and account, and what follows for what waits to be sent."""

from cakra.journey.dispatch.provider.accounts import AccountDesk
from cakra.journey.dispatch.provider.contacts import leave_marked
from cakra.journey.dispatch.provider.templates import TemplateDesk, Variant

__all__ = ["AccountDesk", "TemplateDesk", "Variant", "leave_marked"]
