"""Kills `clinic simulate --keep` and looks whether it goes on from its save."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clinic.simulation.keeping import STATE, Wish, held
from clinic.simulation.lasting import play
from tests.cli.simulated_clinic import FIRST, after

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]
ASKED = ("--patients", "1", "--physicians", "1", "--months", "1", "--from", "2027-01-04")
WISH = Wish(patients=60, physicians=2, months=6, seed=1, first_day=FIRST)


class Run:
    """One process that plays in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.said = folder, folder.parent / "said"
        argv = [sys.executable, "-m", "clinic.cli.main", "simulate", "--keep", str(folder), *options]
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
            )

    def wait_for_database(self) -> None:
        until = time.monotonic() + 90
        started = self.folder / "live" / "postgres" / "postmaster.pid"
        while not (started.exists() and "ready" in started.read_text()):
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < until
            time.sleep(0.05)

    def end(self) -> str:
        assert self.process.wait(90) == 0, self.said.read_text()
        return self.said.read_text()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulation") / "kept"


def test_a_simulation_stops_when_asked_and_goes_on_from_its_save_after_a_kill(folder: Path) -> None:
    stopped = Run(folder, *ASKED, "--report", str(folder.parent / "report"))
    stopped.wait_for_database()
    stopped.process.terminate()
    assert "Stopped on 2027-01-04 and kept" in stopped.end()
    assert "It was stopped before 2027-02-03." in (folder.parent / "report" / "report.html").read_text()
    kept = (folder / STATE).read_bytes()

    killed = Run(folder)
    killed.wait_for_database()
    killed.process.kill()
    killed.process.wait()
    assert (folder / STATE).read_bytes() == kept

    with held(folder, WISH, named={}) as again:
        assert str(play(again, told=list, stops=after(1)).day) == "2027-01-04"
    assert (folder / STATE).read_bytes() != kept
    assert sorted(each.name for each in folder.iterdir()) == ["database-2", "lock", "simulation.json", "state"]
