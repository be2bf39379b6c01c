"""What a new clinic starts with: a protocol and the legal bases, from files of this package."""

import json
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.treatment.actions.protocols import write_version
from clinic.treatment.models import LegalBasis, Protocol
from clinic.treatment.rules.reading import protocol_of

_ONE_AT_A_TIME = func.pg_advisory_xact_lock(func.hashtext("treatment.defaults"))


def provide_defaults(session: Session, *, by: Actor, now: datetime) -> None:
    """Add the default protocol where there is none at all, and the legal bases where there are none; else nothing.

    What a clinic changed, retired or removed is never brought back. Raises ProtocolRefused for a file with a number
    that cannot be right.
    """
    session.execute(select(_ONE_AT_A_TIME))
    if session.scalar(select(Protocol.id).limit(1)) is None:
        _add_protocol(session, _stored("default_protocol.json"), by=by, now=now)
    if session.scalar(select(LegalBasis.id).limit(1)) is None:
        for facts in _stored("legal_bases.json"):
            _add_basis(session, facts, by=by, now=now)


def _add_protocol(session: Session, stored: dict[str, Any], *, by: Actor, now: datetime) -> None:
    protocol = protocol_of(stored["definition"])
    about = Protocol(id=new_id(), name=stored["name"], created_at=now)
    session.add(about)
    session.flush()
    write_version(session, about, protocol, reason=stored["reason"], by=by, now=now)


def _add_basis(session: Session, facts: dict[str, Any], *, by: Actor, now: datetime) -> None:
    basis = LegalBasis(id=new_id(), created_at=now, **facts)
    basis.valid_from = date.fromisoformat(facts["valid_from"])
    basis.valid_until = date.fromisoformat(facts["valid_until"]) if facts["valid_until"] else None
    basis.touch(by=by, now=now)
    session.add(basis)
    session.flush()
    note(
        session,
        "legal_basis.added",
        subject_kind="legal_basis",
        subject_id=basis.id,
        at=now,
        name=basis.name,
        source=basis.source,
    )


def _stored(name: str) -> Any:  # noqa: ANN401 - whatever the file holds, judged by the database and by the rules
    return json.loads((files("clinic.treatment") / "data" / name).read_text(encoding="utf-8"))
