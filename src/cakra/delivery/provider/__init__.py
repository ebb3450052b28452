"""What a provider says about our texts, numbers and account, and what follows for what waits to be sent."""

from cakra.delivery.provider.accounts import AccountDesk
from cakra.delivery.provider.contacts import leave_marked
from cakra.delivery.provider.templates import TemplateDesk, Variant

__all__ = ["AccountDesk", "TemplateDesk", "Variant", "leave_marked"]
