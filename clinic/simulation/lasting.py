"""A simulation that outlives its process: played month by month, each from the save of the one before."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from clinic.cli.migrate import upgrade
from clinic.embedded import postgres
from clinic.kernel.errors import Conflict
from clinic.runtime import Runtime
from clinic.simulation.conclusion import conclude
from clinic.simulation.days import Stops
from clinic.simulation.keeping import Folder
from clinic.simulation.report import Outcome
from clinic.simulation.running import Simulation, Told
from clinic.simulation.scratch import clinic_in

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 600
_HEARD = b"Stopping after what is being done; once more gives up everything since the last save.\n"
_STDERR = 2


class NotStopped(Conflict):
    """The database did not come to its end by itself."""

    code = "simulation_not_stopped"


@dataclass
class Wishes:
    """Whether somebody has asked to stop."""

    is_asked: bool = False

    def __call__(self) -> bool:
        """Tell whether somebody has."""
        return self.is_asked

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Note a signal; the second one ends everything at once."""
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True
        os.write(_STDERR, _HEARD)  # What prints may be just printing.


@contextmanager
def stopping() -> Iterator[Stops]:
    """Take Ctrl-C and SIGTERM for the wish to stop soon, while the block runs."""
    wishes = Wishes()
    before = {number: signal.signal(number, wishes.ask) for number in _SIGNALS}
    try:
        yield wishes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def play(folder: Folder, *, told: Told, stops: Stops) -> Simulation:
    """Play to the end, or until somebody asks to stop; what is returned is saved, as it is after each month."""
    simulation = folder.simulation
    while simulation is None or not (simulation.is_over or stops()):
        with _clinic(folder) as runtime:
            if simulation is None:
                simulation = Simulation(runtime, folder.wish.size)
            simulation.enter(runtime)
            simulation.run(told, until=folder.wish.month_of(simulation.day), stops=stops)
        if (folder.live / "postgres" / "postmaster.pid").exists():
            raise NotStopped("PostgreSQL did not stop by itself; call the command again to go on from the last save.")
        folder.save(simulation)
    return simulation


def conclude_kept(folder: Folder, simulation: Simulation) -> Outcome:
    """Return what a saved run leaves behind so far; the save stays as it is."""
    with _clinic(folder) as runtime:
        simulation.enter(runtime)
        outcome = conclude(simulation)
    folder.leave()
    return outcome


@contextmanager
def _clinic(folder: Folder) -> Iterator[Runtime]:
    """Give the clinic as it was saved, or an empty one; it keeps nothing safe from a power cut, but stops cleanly."""
    is_new = not folder.restore()
    server = postgres.start(folder.live, durable=False)
    try:
        if is_new:
            upgrade(server.owner_url, role=postgres.APP)
        with clinic_in(server.app_url) as runtime:
            yield runtime
    finally:
        server.stop(seconds=_PATIENCE)
