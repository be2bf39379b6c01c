"""The end of a run: all rules are looked up as a whole, and everything is counted."""

from clinic.people import queries as people
from clinic.simulation.faults import no_job_fails
from clinic.simulation.figures import figures_of
from clinic.simulation.report import Outcome
from clinic.simulation.running import Simulation
from clinic.simulation.truths.proposals import what_is_proposed_can_be_booked


def conclude(simulation: Simulation) -> Outcome:
    """Return what a run leaves behind, however far it came."""
    simulation.check(is_whole=True)
    simulation.checker.note(no_job_fails, no_job_fails(simulation.faults))
    simulation.checker.note(what_is_proposed_can_be_booked, what_is_proposed_can_be_booked(simulation.world.proposals))
    last = simulation.played_until or simulation.size.first_day
    team = simulation.world.desk.team.physicians
    with simulation.days.read() as session:
        names = {physician_id: people.physician(session, physician_id).full_name for physician_id in team}
        figures = figures_of(
            session, first=simulation.size.first_day, last=last, zone=simulation.runtime.clinic.zone, names=names
        )
    return Outcome(
        size=simulation.size,
        behavior=simulation.behavior,
        last_day=last,
        figures=figures,
        counts=dict(simulation.world.counts),
        rules=simulation.checker.tallies,
    )
