"""Letters: one PDF/A sheet per notice, kept in a spool, handed to a print house once a day, receipts back.

`page` sets a letter (words in `letter_v2.typ`, places in `geometry.toml`, the office in `office.toml`),
`signer` seals it (`pades`, with a key at hand), `spool` keeps it once and durably, `sender` does all three for one
message; `batch` packs a day's letters, `print_house` takes the archive (by `sftp`), `responses` fetches what the print
house and the post say, and `receipts` reads it.
"""

from cakra.outside.letter.batch import Batch, BatchDesk, read_batch_key
from cakra.outside.letter.geometry import Geometry, packaged_geometry, read_geometry
from cakra.outside.letter.office import Office, packaged_offices, read_offices
from cakra.outside.letter.page import LetterPress
from cakra.outside.letter.print_house import PrintHouse, TheirFile
from cakra.outside.letter.receipts import Quarantined, Responses, receive_responses
from cakra.outside.letter.responses import HouseFolder
from cakra.outside.letter.sender import LetterSender
from cakra.outside.letter.signer import PdfSigner, read_signer
from cakra.outside.letter.spool import LetterSpool

__all__ = [
    "Batch",
    "BatchDesk",
    "Geometry",
    "HouseFolder",
    "LetterPress",
    "LetterSender",
    "LetterSpool",
    "Office",
    "PdfSigner",
    "PrintHouse",
    "Quarantined",
    "Responses",
    "TheirFile",
    "packaged_geometry",
    "packaged_offices",
    "read_batch_key",
    "read_geometry",
    "read_offices",
    "read_signer",
    "receive_responses",
]
