"""The line over every staff page while the reader has a record open in an emergency."""

from clinic.kernel.actor import ActorKind, Role
from clinic.people.queries import EmergencyRow, running_of
from clinic.web.frame.requests import actor, now, runtime


def emergency_access() -> list[EmergencyRow]:
    """Return what the reader has open in an emergency; most readers have nothing."""
    who = actor()
    if who.kind is not ActorKind.STAFF or who.id is None or not who.has(Role.PHYSICIAN):
        return []
    with runtime().begin(by=who) as session:
        return running_of(session, staff_id=who.id, now=now())
