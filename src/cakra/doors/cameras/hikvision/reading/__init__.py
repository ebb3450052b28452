"""Reading one Hikvision record: its bytes, fields, time, kind and offences. Pure."""
