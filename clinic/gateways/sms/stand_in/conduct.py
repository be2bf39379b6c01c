"""What a phone is told to do: to be off, to get its texts late, and how its owner answers."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from clinic.gateways.sms.simulator import Persona


@dataclass(frozen=True, slots=True)
class Conduct:
    """One phone's conduct: `lands_at` holds texts until an instant, `read` counts texts since the persona began."""

    is_off: bool = False
    lands_at: datetime | None = None
    persona: Persona | None = None
    read: int = 0

    def changed(self, asked: dict[str, Any]) -> "Conduct":
        """Return the conduct with what was asked for; raises ValueError or KeyError for what it does not know."""
        lands_at = asked.get("lands_at", self.lands_at)
        persona = asked.get("persona", self.persona)
        return replace(
            self,
            is_off=bool(asked.get("off", self.is_off)),
            lands_at=datetime.fromisoformat(lands_at) if isinstance(lands_at, str) else lands_at,
            persona=Persona(persona) if persona else None,
            read=0 if "persona" in asked else self.read,
        )

    def as_record(self) -> dict[str, Any]:
        """Return what the journal keeps and the simulator shows."""
        return asdict(self) | {"lands_at": self.lands_at.isoformat() if self.lands_at else None}


ORDINARY_CONDUCT = Conduct()


def conduct_from(record: dict[str, Any]) -> Conduct:
    """Read back what `as_record` wrote."""
    asked = {"off": record["is_off"], "lands_at": record["lands_at"], "persona": record["persona"]}
    return replace(ORDINARY_CONDUCT.changed(asked), read=record["read"])
