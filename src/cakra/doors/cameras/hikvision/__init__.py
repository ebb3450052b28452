"""Hikvision's two ways in: the ISAPI push over HTTP and the folder its FTP client drops records into.

`record` reads the XML, `clock` finds out when it happened, `claim` says it in our own schema; `push` and
`ftp` are the doors. Source of the formats: the vendor's annotated schema and real captures from Indonesia.
"""
