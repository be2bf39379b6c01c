"""A small simulated clinic in a database of its own, in which much happens within three weeks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from clinic.embedded import postgres
from clinic.kernel.ids import new_id
from clinic.simulation.behavior import Behavior
from clinic.simulation.conclusion import conclude
from clinic.simulation.opening import Size
from clinic.simulation.report import Outcome
from clinic.simulation.running import Simulation
from clinic.simulation.scratch import clinic_in

FIRST = date(2027, 1, 4)
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
SIZE = Size(patients=5, physicians=1, seed=4, first_day=FIRST, last_day=FIRST + timedelta(days=19))
EAGER = Behavior(no_show=0.1, asks_to_move=0.1, alarming=0.3, worsens=0.4, stops_texts=0.02, arriving_days=6)


@contextmanager
def played(server: postgres.Postgres, size: Size = SIZE) -> Iterator[tuple[str, Simulation, Outcome]]:
    name = f"t_{new_id().hex[:12]}"
    server.create_database(name, template="clinic_template")
    url = server.url(postgres.APP, name)
    with clinic_in(url) as runtime:
        simulation = Simulation(runtime, size, EAGER)
        simulation.run()
        yield url, simulation, conclude(simulation)
