"""What is official, for everybody: a page in plain words, and the same signed for machines.

`/pengirim-resmi` lists senders and hosts in force with their history and checks one that somebody types;
`/.well-known/official-senders.json` is the newest publication, `.json.sig` its signature, and
`/.well-known/official-senders-key.pem` the key to check it by.
"""

from cakra.doors.official.deps import OfficialDeps
from cakra.doors.official.routes import build_official_routes

__all__ = ["OfficialDeps", "build_official_routes"]
