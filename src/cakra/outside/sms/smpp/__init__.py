"""SMPP 3.4: protocol data units, one connection, and a lasting session. Off by policy; no feature is added."""
