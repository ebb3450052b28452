"""The same view in a file of its own: two events never share one photograph unless that is what is tried."""

from zlib import crc32

_PNG_BEGINS = 8 + 25  # signature and header


def marked(picture: bytes, mark: str) -> bytes:
    """The picture with a comment in it: other bytes, the same pixels. JPEG or PNG."""
    if picture.startswith(b"\x89PNG"):
        body = b"tEXt" + b"Comment\0" + mark.encode()
        chunk = (len(body) - 4).to_bytes(4) + body + crc32(body).to_bytes(4)
        return picture[:_PNG_BEGINS] + chunk + picture[_PNG_BEGINS:]
    text = mark.encode()
    return picture[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text + picture[2:]
