"""`python -m cakra.sandbox.sms SETTINGS.json`: one JSON line with the port when ready; SIGTERM stops it."""

import sys

from cakra.sandbox.process import run_peer
from cakra.sandbox.sms.server import SandboxSmsSettings, SmsCentre

if __name__ == "__main__":
    sys.exit(run_peer(lambda document: SmsCentre(SandboxSmsSettings.read(document)).serve))
