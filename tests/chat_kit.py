"""People who write to an official number: a simulated phone, our real door for its webhooks, a real worker."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlencode

from cakra.doors.app import build_app
from cakra.doors.callbacks import CallbackDeps, build_callback_routes
from cakra.kit.seal import Sealer
from cakra.kit.settings import Settings
from cakra.outside.whatsapp import WhatsAppCallbacks
from cakra.wiring.lanes import WorkerProcess
from cakra.wiring.world import open_world
from camera_kit import ROOT_KEY
from dispatch_kit import ground_on
from portal_kit import serve
from whatsapp_peer import NUMBER_ID, SECRET, TOKEN, fetch, sandbox

PATIENCE_S = 30.0
NUMBER = "+62 811-0000-0000"
PHONE = "+6281234567890"
SITE = "etle.example"


class Chat:
    """What the tests of conversations stand on."""

    def __init__(self, pool, peer, ground, settings, door):
        self.pool, self.peer, self.ground, self.settings, self.door = pool, peer, ground, settings, door
        self.inbound, self.replies = Sealer(ROOT_KEY, "inbound"), Sealer(ROOT_KEY, "reply")

    async def types(self, text, person=PHONE):
        """A person writes on the phone's page."""
        await self._post(person, text=text)

    async def taps(self, wamid, person=PHONE):
        """A person taps the quick reply of one of our messages."""
        await self._post(person, wamid=wamid)

    async def _post(self, person, **fields):
        url = f"{self.peer.url}/phone/{person.lstrip('+')}/reply"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        await asyncio.to_thread(fetch, url, method="POST", body=urlencode(fields).encode(), headers=headers)

    async def page(self, person=PHONE, query=""):
        """The person's conversation as the phone shows it."""
        status, html = await asyncio.to_thread(fetch, f"{self.peer.url}/phone/{person.lstrip('+')}{query}")
        assert status == 200
        return html.decode()

    async def announces(self, field, **value):
        """The provider says something of its own."""
        body = {"field": field, "value": value}
        answer = await asyncio.to_thread(fetch, f"{self.peer.url}/sandbox/webhook", method="POST", body=body)
        assert answer[0] == 200, answer

    def answers(self, person=PHONE):
        """Free texts that the provider took for this person, oldest first."""
        return [one["text"] for one in self.peer.sends() if one.get("text") and one["to"] == person]

    async def answered(self, count=1, person=PHONE):
        """The answers, once there are this many."""

        async def there():
            return len(self.answers(person)) >= count and self.answers(person)

        return await until(there)

    async def understood(self, count):
        """What the first messages meant, once this many were understood."""

        async def done():
            rows = await self.pool.fetch("select meaning from inbound where step is null order by inbound_id")
            return len(rows) >= count and [row["meaning"] for row in rows]

        return await until(done)

    async def outcomes(self):
        rows = await self.pool.fetch("select kind, state from reply order by reply_id")
        return [(row["kind"], row["state"]) for row in rows]

    @asynccontextmanager
    async def working(self):
        """A worker that sends and hears; leaving stops it."""
        stopping = asyncio.Event()
        async with open_world(self.settings, "test worker") as world:
            task = asyncio.create_task(WorkerProcess(world, steps=("sending", "receipts")).run(stopping))
            try:
                yield world
            finally:
                stopping.set()
                async with asyncio.timeout(PATIENCE_S):
                    await task


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - what is waited for rings no event here
            await asyncio.sleep(0.05)
    return found


def settings_of(database_url, folder, peer, **whatsapp):
    told = {
        "base_url": peer.url,
        "phone_number_id": NUMBER_ID,
        "access_token": TOKEN,
        "app_secret": SECRET,
        "display_number": NUMBER,
        "pair_s": 0,
    }
    return Settings(
        database={"url": database_url},
        keys={"root": ROOT_KEY.hex()},
        photos={"url": str(folder / "photos")},
        portal={"base_url": f"https://{SITE}"},
        whatsapp=told | whatsapp,
        worker={"sweep_s": 0.2},
    )


@asynccontextmanager
async def chat_on(pool, database_url, folder, *, whatsapp=None, **provider):
    """The door, and the provider that posts to it; no worker yet."""
    async with AsyncExitStack() as stack:
        deps = CallbackDeps(pool, Sealer(ROOT_KEY, "callback"), WhatsAppCallbacks(SECRET), lambda _: None)
        door = await stack.enter_async_context(serve(build_app([build_callback_routes(deps)], pool)))
        told = {"webhook_url": f"{door}/v1/callbacks/whatsapp", "display_number": NUMBER}
        peer = stack.enter_context(sandbox(folder, **told | {"delivered_after_s": 0.1} | provider))
        settings = settings_of(database_url, folder, peer, **(whatsapp or {}))
        ground = await stack.enter_async_context(ground_on(pool, peer, folder / "photos", display_number=NUMBER))
        yield Chat(pool, peer, ground, settings, door)
