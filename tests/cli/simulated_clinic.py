"""A small simulated clinic in a database of its own, in which much happens within three weeks."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from clinic.embedded import postgres
from clinic.kernel.ids import new_id
from clinic.runtime import Runtime
from clinic.simulation.behavior import Behavior
from clinic.simulation.conclusion import conclude
from clinic.simulation.days import Stops, never
from clinic.simulation.opening import Size
from clinic.simulation.report import Outcome
from clinic.simulation.running import Simulation
from clinic.simulation.scratch import clinic_in

FIRST = date(2027, 1, 4)
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
SIZE = Size(patients=5, physicians=1, seed=4, first_day=FIRST, last_day=FIRST + timedelta(days=19))
EAGER = Behavior(no_show=0.1, asks_to_move=0.1, alarming=0.3, worsens=0.4, stops_texts=0.02, arriving_days=6)


@contextmanager
def played(
    server: postgres.Postgres, size: Size = SIZE, *, looks: Iterator[int] | None = None
) -> Iterator[tuple[str, Simulation, Outcome]]:
    """Play a clinic; with `looks` it is stopped after so many each time, pickled, and taken up as in a new process."""
    with opened(server, size) as (begun, url):
        simulation, runtime = begun, begun.runtime
        while not simulation.is_over:
            simulation = _taken_up(pickle.dumps(simulation), runtime) if looks else simulation
            simulation.run(stops=after(next(looks)) if looks else never)
        yield url, simulation, conclude(simulation)


@contextmanager
def opened(server: postgres.Postgres, size: Size) -> Iterator[tuple[Simulation, str]]:
    """Open a clinic in which nothing has happened, and say where its database is."""
    name = f"t_{new_id().hex[:12]}"
    server.create_database(name, template="clinic_template")
    url = server.url(postgres.APP, name)
    with clinic_in(url) as runtime:
        yield Simulation(runtime, size, EAGER), url


def after(looks: int) -> Stops:
    """Return a wish to stop that comes after so many looks at what is due."""
    left = iter(range(looks))
    return lambda: next(left, None) is None


def _taken_up(kept: bytes, runtime: Runtime) -> Simulation:
    simulation: Simulation = pickle.loads(kept)  # noqa: S301 - our own
    simulation.enter(runtime)
    return simulation
