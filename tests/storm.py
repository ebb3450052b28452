"""Load from simulated cameras, and a killer among the processes that serve it."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import psutil

from cakra.kit.clock import now
from cakra.sandbox.cameras.client import Camera, requests_of
from cakra.sandbox.cameras.passage import DrawnPassage, Frame
from cakra.sandbox.cameras.scene import render
from cakra.sandbox.cameras.sites import site_for
from cakra.store.embedded import find_running
from children import kill_server
from long import long_or
from pictures import marked
from system import System, vehicles

CAMERAS, TIMES = 6, 8
KILLS, PLATES, LOAD_S = long_or((32, 60, 100.0), (10, 20, 30.0))
KINDS = ("worker", "images", "web", "database")
OFFENCES = ("MARKA_RAMBU", "TANPA_SABUK", "LAMPU_MERAH", "BUSWAY", "PONSEL")


@dataclass
class Load:
    """What the cameras must hand over, and what was acknowledged."""

    system: System
    events: list[tuple[DrawnPassage, Frame]]
    acknowledged: dict[tuple[str, str], dict] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    retries: int = 0

    def run(self) -> list[threading.Thread]:
        begun = time.monotonic()
        threads = [threading.Thread(target=self._camera, args=(turn, begun)) for turn in range(CAMERAS)]
        for thread in threads:
            thread.start()
        return threads

    def _camera(self, turn: int, begun: float) -> None:
        """Every sixth event at its moment, again and again until it is acknowledged."""
        for place in range(turn, len(self.events), CAMERAS):
            time.sleep(max(0.0, begun + LOAD_S * place / len(self.events) - time.monotonic()))
            passage, frame = self.events[place]
            while (passage.camera, passage.event_id) not in self.acknowledged:
                self._try(passage, frame)

    def _try(self, passage: DrawnPassage, frame: Frame) -> None:
        try:
            with Camera(self.system.url, passage.camera, self.system.camera_key) as camera:
                reply = camera.send_all(requests_of(passage, [frame]), int(time.time()))
        except (OSError, http.client.HTTPException, ValueError):  # cut off, also in the middle of an answer
            reply = None
        if reply is not None and reply.status in {200, 201}:
            self.acknowledged[passage.camera, passage.event_id] = reply.answer
            return
        if reply is not None and reply.status < 500:
            self.refused.append(f"{passage.event_id}: {reply.status} {reply.answer}")
            self.acknowledged[passage.camera, passage.event_id] = {}
            return
        self.retries += 1
        time.sleep(0.3)


@dataclass
class Killer:
    """Kills at random moments and restarts what ended, as the operator's supervisor would."""

    system: System
    chance: Random
    kills: Counter = field(default_factory=Counter)
    ended_alone: list[tuple[str, int, str]] = field(default_factory=list)

    def run(self, load: list[threading.Thread]) -> None:
        first = self.chance.sample(KINDS, len(KINDS))  # each once, however short the storm
        while self.kills.total() < KILLS or any(thread.is_alive() for thread in load):
            rest = time.monotonic() + self.chance.uniform(0.5, 2 * LOAD_S / KILLS - 0.5)
            while time.monotonic() < rest:
                self.restart_what_ended()
                time.sleep(0.1)
            getattr(self, first.pop() if first else self.chance.choices(KINDS, (5, 2, 5, 4))[0])()

    def restart_what_ended(self) -> None:
        for name in ("web", "worker"):
            child = self.system.children[name]
            if (code := child.process.poll()) is not None:
                self.ended_alone.append((name, code, child.said[-4000:]))
                child.stop()
                self.system.start(name)

    def worker(self) -> None:
        self._child("worker")

    def web(self) -> None:
        self._child("web")

    def _child(self, name: str) -> None:
        self.system.children[name].kill()
        self.system.start(name)
        self.kills[name] += 1

    def images(self) -> None:
        """One of the worker's image processes, if it is that far."""
        try:
            for child in psutil.Process(self.system.children["worker"].process.pid).children():
                if any("spawn_main" in word for word in child.cmdline()):
                    child.kill()
                    self.kills["image process"] += 1
                    return
        except psutil.NoSuchProcess:
            return

    def database(self) -> None:
        running = find_running(self.system.folder / "postgresql")
        if running is not None:
            kill_server(running.pid)
            self.kills["database"] += 1
        self.system.start_database()


def make_events(system: System) -> list[tuple[DrawnPassage, Frame]]:
    """Some vehicles photographed once, each passing several times, hours apart."""
    cars = [
        car
        for car in vehicles(system.register)
        if car.kind == "car"
        and car.plate_colour in {"white", "black"}
        and car.has_phone
        and car.sold_on is None
        and not set("IOQ") & set(car.plate[1:])
    ][:PLATES]
    assert len(cars) == PLATES
    events = []
    for number, car in enumerate(cars):
        site = site_for(OFFENCES[number % len(OFFENCES)], number)
        seen = DrawnPassage(
            event_id="",
            camera=site.code,
            offence=OFFENCES[number % len(OFFENCES)],
            at=now().replace(hour=3),
            plate=car.plate,
            claim=car.plate,
            expect="ordinary",
            road=site.road,
            place=site.place,
            view=site.view,
            plate_colour=car.plate_colour,
            colour="silver",
            red_light_s=1.2 if site.place == "junction" else None,
            door=("multipart", "lean")[number % 2],
        )
        frame = render(seen, 0, seen.seed)
        for turn in range(TIMES):
            at = now() - timedelta(hours=2 + 3 * turn, minutes=number % 50)
            event_id = f"{car.plate}-{turn}"
            own = replace(frame, jpeg=marked(frame.jpeg, event_id))
            events.append((replace(seen, event_id=event_id, at=at), own))
    return events
