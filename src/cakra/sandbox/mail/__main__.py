"""`python -m cakra.sandbox.mail SETTINGS.json`: one JSON line with the port when ready; SIGTERM stops it."""

import sys

from cakra.sandbox.mail.server import MailServer
from cakra.sandbox.mail.settings import SandboxMailSettings
from cakra.sandbox.process import run_peer

if __name__ == "__main__":
    sys.exit(run_peer(lambda document: MailServer(SandboxMailSettings.read(document)).serve))
