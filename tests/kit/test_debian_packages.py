"""Set-up beside another program that holds the package manager, without rights, and with an archive that is away."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.architecture.source import ROOT

HELD = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)"


@pytest.fixture
def machine(tmp_path: Path):
    """A machine without packages whose package manager answers as told, line by line; what it was asked."""

    def run(*answers: str, user: int = 0, wait_s: int = 60):
        asked, told = tmp_path / "asked", tmp_path / "told"
        asked.touch()
        told.write_text("".join(f"{answer}\n" for answer in answers))
        programs = {
            "dpkg": "exit 1",
            "id": f"echo {user}",
            "sleep": "exit 0",
            "apt-get": f'echo "${{@: -2}}" >>{asked}\n'
            f'answer=$(head -1 {told}); sed -i 1d {told}\n[ -z "$answer" ] || {{ echo "$answer" >&2; exit 100; }}',
        }
        for name, body in programs.items():
            (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
            (tmp_path / name).chmod(0o755)
        done = subprocess.run(
            [ROOT / "tools" / "debian", "chromium"],
            env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CAKRA_APT_WAIT_S": str(wait_s)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, [line.split()[-1] for line in asked.read_text().splitlines()]

    return run


def test_a_held_package_manager_is_waited_for(machine):
    done, asked = machine(HELD, HELD, "", HELD)
    assert (done.returncode, done.stderr) == (0, "")
    assert asked == ["update"] * 3 + ["chromium"] * 2
    assert "waiting for it" in done.stdout


def test_one_that_is_held_for_ever_ends_with_the_line_that_helps(machine):
    done, _ = machine(*[HELD] * 50, wait_s=9)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("apt-get update && apt-get install -y chromium")


def test_another_failure_is_not_waited_for(machine):
    done, asked = machine("", "E: Unable to locate package chromium")
    assert (done.returncode, asked) == (2, ["update", "chromium"])
    assert "Unable to locate package chromium" in done.stderr


def test_lists_that_cannot_be_renewed_are_no_reason_to_stop(machine):
    done, asked = machine("E: Failed to fetch http://archive.example/")
    assert (done.returncode, asked) == (0, ["update", "chromium"])


def test_a_user_without_rights_is_given_the_line(machine):
    done, asked = machine(user=1000)
    assert (done.returncode, asked) == (1, [])
    assert done.stderr == "cakra: for everything, run:  sudo apt-get install -y chromium\n"
