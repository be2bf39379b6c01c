"""Who acts: a value that every action takes as `by`."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What sort of party an actor is (FHIR AuditEvent.agent.type in spirit)."""

    STAFF = "staff"
    PATIENT = "patient"
    SUPPORT = "support"
    SYSTEM = "system"
    PROVIDER = "provider"
    ANONYMOUS = "anonymous"


class Role(StrEnum):
    """What a staff account may do."""

    COORDINATOR = "coordinator"
    PHYSICIAN = "physician"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The acting party of one request or job.

    `id` is the staff account or patient; None for the system, a provider, support persons and strangers. `name` is what
    history shows ("Dana Reyes", "Patient", "Reminder worker"). `request_id` and `ip` tie audit rows to a request.
    """

    kind: ActorKind
    name: str
    id: UUID | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    request_id: str | None = None
    ip: str | None = None

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor holds any of these roles."""
        return not self.roles.isdisjoint(roles)


def system(name: str) -> Actor:
    """Return the actor of a job or command, for example `system("Reminder worker")`."""
    return Actor(kind=ActorKind.SYSTEM, name=name)


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, name="Someone not signed in")
