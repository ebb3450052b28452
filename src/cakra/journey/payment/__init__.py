"""Payment: a deposit code for who admits, in the name of a certified officer who authorised it beforehand."""

from cakra.journey.payment.rules import CodeMint, group_code, is_code
from cakra.journey.payment.step import ChargeDesk, DepositCode, live_code

__all__ = ["ChargeDesk", "CodeMint", "DepositCode", "group_code", "is_code", "live_code"]
