"""The worker as a process: it stops in order, comes back, and leaves nothing behind when it is killed."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cakra.kit.clock import now
from cakra.plates.model import RECOGNITION, verified_bytes
from cakra.sandbox.cameras.passage import DrawnPassage
from cakra.sandbox.cameras.scene import render
from cakra.store.embedded import find_running
from children import kill_server
from system import running_system, until, vehicles

# One system for all tests of this file, also when several processes share the run.
pytestmark = pytest.mark.xdist_group("worker process")
NOTIFIED = "select count(*) from case_file where state = 'notified'"
RECEIVED = "select count(*) from case_file where state = 'received'"
LOOKED_AT = "select count(*) from screening"


@pytest.fixture(scope="module")
def system():
    with running_system(
        rows=2000, durable=True, CAKRA_WORKER__LEASE_S="3", CAKRA_NOTICE__UNKNOWN_AFTER_S="15"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def passages(system):
    """Passages of vehicles that will be notified, each of another vehicle."""
    cars = [
        car
        for car in vehicles(system.register)
        if car.kind == "car"
        and car.plate_colour in {"white", "black"}
        and car.has_phone
        and car.sold_on is None
        and not set("IOQ") & set(car.plate[1:])
    ]
    return iter(
        DrawnPassage(
            event_id=f"E-{number}",
            camera="JKT-GTS-03",
            offence="MARKA_RAMBU",
            at=now(),
            plate=car.plate,
            claim=car.plate,
            expect="ordinary",
            road="Jl. Gatot Subroto",
            place="marking",
            colour="white",
        )
        for number, car in enumerate(cars)
    )


def play(system, passages, count=1):
    """Post some events; all must be taken."""
    for _ in range(count):
        passage = replace(next(passages), at=now())
        reply = system.post(passage, [render(passage, 0, passage.seed)])
        assert reply.status == 201, reply.answer


def image_processes(worker):
    """The worker's image processes, by their own account."""
    return [
        child
        for child in psutil.Process(worker.process.pid).children(recursive=True)
        if any("spawn_main" in word for word in child.cmdline())
    ]


@pytest.fixture
def model_file(system):
    """A copy of a model which a worker started from now on opens instead of the installed one."""
    package = system.folder / "other packages" / "rapidocr"
    file = package / "models" / RECOGNITION.name
    file.parent.mkdir(parents=True)
    (package / "__init__.py").touch()
    file.write_bytes(verified_bytes(RECOGNITION, None))
    # Before what stands there already: under another clock that is what sets the clock of a child.
    before = system.environment.get("PYTHONPATH", "")
    system.environment["PYTHONPATH"] = os.pathsep.join(path for path in (str(package.parent), before) if path)
    yield file
    system.environment["PYTHONPATH"] = before
    shutil.rmtree(package.parent)
    if system.children["worker"].process.poll() is None:
        system.children["worker"].stop()
    system.start("worker")


def damage(file: Path) -> bytes:
    """Turn one bit of a file around; what it was before."""
    content = file.read_bytes()
    file.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    return content


def test_stopping_lets_calls_in_flight_finish(system, passages):
    system.ask_sandbox("/sandbox/faults", {"delay_ms": 6000})
    before = system.value(NOTIFIED)
    play(system, passages, 2)
    until(lambda: system.value("select count(*) from notice where state = 'sending'") > 0, what="a call in flight")
    assert system.children["worker"].stop() == 0
    assert "Traceback" not in system.children["worker"].said
    assert system.value("select count(*) from notice where state = 'sending'") == 0
    assert {row["state"] for row in system.fetch("select state from attempt")} == {"accepted"}
    system.ask_sandbox("/sandbox/faults", {"delay_ms": 0})
    system.start("worker")
    until(lambda: system.value(NOTIFIED) == before + 2, what="receipts applied by the next worker")


def test_image_processes_end_with_a_killed_worker_and_its_cases_are_done_by_the_next(system, passages):
    before = system.value(NOTIFIED)
    worker = system.children["worker"]
    processes = until(lambda: image_processes(worker), what="an image process")
    play(system, passages, 3)
    worker.kill()
    until(lambda: not any(process.is_running() for process in processes), 20, "the end of the image processes")
    system.start("worker")
    until(lambda: system.value(NOTIFIED) == before + 3, 120, "the cases of the killed worker")


def test_a_killed_image_process_costs_no_case(system, passages):
    before = system.value(NOTIFIED)
    worker = system.children["worker"]
    for process in until(lambda: image_processes(worker), what="an image process"):
        process.send_signal(signal.SIGKILL)
    play(system, passages, 2)
    until(lambda: system.value(NOTIFIED) == before + 2, what="two more notified cases")
    assert worker.process.poll() is None
    assert "image_process_lost" in worker.said


def test_a_killed_database_is_waited_out_and_notifications_are_heard_again(system, passages):
    before, pids = system.value(NOTIFIED), {name: child.process.pid for name, child in system.children.items()}
    running = find_running(system.folder / "postgresql")
    assert running is not None
    kill_server(running.pid)
    until(lambda: "listening_lost" in system.children["worker"].said, what="the loss noticed")
    system.start_database()
    listening = "select count(*) from pg_stat_activity where query ilike 'listen %'"
    until(lambda: system.value(listening) == 1, what="a listening worker")
    play(system, passages, 2)
    until(lambda: system.value(NOTIFIED) == before + 2, what="two more notified cases")
    assert {name: child.process.pid for name, child in system.children.items()} == pids
    assert all(child.process.poll() is None for child in system.children.values())


def test_a_damaged_model_is_refused_at_start_and_nothing_is_accepted_meanwhile(system, passages, model_file):
    before, looked_at = system.value(NOTIFIED), system.value(LOOKED_AT)
    whole = damage(model_file)
    system.children["worker"].stop()
    play(system, passages, 2)
    said_before = len(system.children["worker"].said)
    worker = system.start("worker", fresh=True)
    assert until(lambda: worker.process.poll() is not None, what="the worker's refusal") is True
    said = worker.said[said_before:]
    assert worker.process.returncode == 2, said
    assert f"The plate model {model_file} is not the one that was measured" in said
    assert "Traceback" not in said
    assert (system.value(RECEIVED), system.value(LOOKED_AT), system.value(NOTIFIED)) == (2, looked_at, before)
    model_file.write_bytes(whole)
    system.start("worker", fresh=True)
    until(lambda: system.value(NOTIFIED) == before + 2, what="the cases that waited for the whole model")


def test_a_model_damaged_while_the_worker_runs_holds_cases_up_and_accepts_none(system, passages, model_file):
    before, looked_at = system.value(NOTIFIED), system.value(LOOKED_AT)
    system.children["worker"].stop()
    worker = system.start("worker", fresh=True)
    play(system, passages)
    until(lambda: system.value(NOTIFIED) == before + 1, what="a case looked at with the whole model")
    whole, said_before = damage(model_file), len(worker.said)
    for process in image_processes(worker):  # all that have the whole model: some start late
        process.send_signal(signal.SIGKILL)
    play(system, passages)
    until(
        lambda: f"{RECOGNITION.name} is not the one that was measured" in worker.said[said_before:],
        what="the damage told",
    )
    assert (system.value(RECEIVED), system.value(LOOKED_AT)) == (1, looked_at + 1)
    assert worker.process.poll() is None
    model_file.write_bytes(whole)
    until(lambda: system.value(NOTIFIED) == before + 2, 120, "the case, once the model is whole again")
