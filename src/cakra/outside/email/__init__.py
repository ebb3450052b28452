"""E-mail: a signed message handed to the mail server beside us, and the reports that come back.

`client` sends over a pool of connections (`connection`), `message` writes what is sent, `dkim` signs it,
`addresses` makes and checks the return addresses, `answers` and `codes` say what the server's words mean
for us, `bounces` reads delivery reports and `bouncebox` takes them out of a mailbox. Mail servers of
recipients are never called from here: queueing, TLS and repetition are the mail server's work.
"""

from cakra.outside.email.account import EmailAccount
from cakra.outside.email.addresses import BounceTokens
from cakra.outside.email.client import EmailSender
from cakra.outside.email.dkim import DkimSigner, load_dkim
from cakra.outside.email.returned.bouncebox import BounceBox, ReturnedMail, Tally
from cakra.outside.email.returned.bounces import BounceReport, ReportKind, read_report

__all__ = [
    "BounceBox",
    "BounceReport",
    "BounceTokens",
    "DkimSigner",
    "EmailAccount",
    "EmailSender",
    "ReportKind",
    "ReturnedMail",
    "Tally",
    "load_dkim",
    "read_report",
]
