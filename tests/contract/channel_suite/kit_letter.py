"""Letters: kept in a spool, handed to OpenSSH as the print house, answered by its response files."""

import asyncio
import csv
import hashlib
import io
import zipfile
from datetime import UTC, datetime

from channel_kit import ChannelKit
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cakra.core.ports import Channel, Receipt, ReceiptState
from cakra.kit.clock import now
from cakra.kit.ids import new_reference, show_reference
from cakra.outside.letter import BatchDesk, LetterPress, LetterSender, LetterSpool, receive_responses
from cakra.outside.letter.signer import SigningFailed
from letter_kit import ADDRESS, AGENCY, OFFENCE, SITE

_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"channel suite").digest())
_EXCLUDED = {
    "throttled": "keeping a letter on our own disk has no agreed rate",
    "a lost answer": "the answer to keeping a letter comes from our own disk; what a cut line does to a "
    "batch stands in test_letter_sftp.py",
}
_STATUSES = {"delivered": "dispatched", "failed": "rejected"}


class MoodySigner:
    """The state's signature service, at its worst; it leaves the letter as it is."""

    def __init__(self):
        self.mood, self.held, self.going = "well", False, asyncio.Event()

    async def sign(self, pdf):
        if self.mood == "transient":
            raise SigningFailed("The signature service does not answer.")
        if self.mood == "slow":
            self.held = True
            await self.going.wait()
        return pdf


class LetterKit(ChannelKit):
    name, channel, handed = "letter", Channel.LETTER, "held"
    excluded = _EXCLUDED

    def __init__(self, house, folder):
        self.house, self.folder = house, folder

    def content(self, *, absent):
        reference = new_reference(1)
        variables = {
            "plat": "B 1234 XYZ",
            "instansi": AGENCY,
            "pelanggaran": OFFENCE,
            "waktu": "21 Nov 2026 08.01 WIB",
            "lokasi": "Jl. M.H. Thamrin",
            "ref": show_reference(reference),
            "situs": SITE,
        }
        told = {
            "name": ADDRESS.name,
            "lines": [] if absent else list(ADDRESS.lines),
            "postcode": ADDRESS.postcode,
            "variables": variables,
        }
        return {"recipient": "", "link_suffix": reference, "variables": variables, "letter": told}

    async def open(self, ground):
        await super().open(ground)
        number = self.number
        self.spool = LetterSpool(self.folder / f"spool{number}", prefix=f"SUITE{number}")
        self.batches = BatchDesk(self.spool, self.house.house(), _KEY)
        self.signer, self.words, self.sent = MoodySigner(), [], []
        self.sender = self._sender()

    def _sender(self):
        return LetterSender(AGENCY, LetterPress(demo=True), self.spool, self.signer)

    async def close(self):
        self.signer.going.set()
        await self.sender.close()

    async def renew(self):
        await self.sender.close()
        self.sender = self._sender()

    async def mood(self, mood):
        self.signer.mood = mood

    async def holds_back(self):
        return self.signer.held

    async def answer_now(self):
        self.signer.going.set()

    async def taken(self, one):
        """As the archives say that the print house has; the day's batch is closed for it."""
        for day in self.spool.waiting_days():
            await self.batches.close_batch(day)
        return len(self._batches_of(one.content["link_suffix"]))

    def _batches_of(self, reference):
        found = []
        for path in self.house.drop.glob(f"{self.spool.batch_name(datetime.now(UTC).date())[:-8]}*.zip"):
            with zipfile.ZipFile(path) as archive:
                lines = csv.DictReader(io.TextIOWrapper(archive.open(f"{path.stem}/manifest.csv"), "utf-8"))
                found += [path.stem for line in lines if line["ref"] == reference]
        return found

    async def tell(self, one, state, *, forged=False):
        assert await self.taken(one) == 1
        (batch,) = self._batches_of(one.content["link_suffix"])
        if state == "sent":  # nobody but ourselves says so: the batch was handed over
            place = f"{batch}/{one.content['link_suffix']}"
            self.sent.append(Receipt(one.tag(), place, ReceiptState.SENT, now()))
            return
        reference = new_reference(1) if forged else one.content["link_suffix"]
        line = f"{reference},RESI1,{_STATUSES[state]},{now().isoformat()},"
        self.words.append((f"{batch}-{len(self.words)}.csv", f"ref,resi,status,ts,reason\n{line}\n".encode()))

    async def hear(self, ground):
        for name, raw in self.words:
            responses = receive_responses(self.spool, name, raw, now())
            await ground.proofs.take("letter", responses.receipts)
        await ground.proofs.take("letter", self.sent)
        self.words.clear()
        self.sent.clear()
