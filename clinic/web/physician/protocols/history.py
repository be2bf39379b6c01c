"""One protocol by its id, its versions with what each changed, and the kinds of visits that it may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.scheduling import queries as scheduling
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.treatment import queries
from clinic.treatment.errors import UnknownProtocol
from clinic.treatment.queries import ProtocolRow
from clinic.treatment.rules.phases import SESSION_PHASES
from clinic.treatment.rules.reading import protocol_of
from clinic.web.physician.protocols.boxes import GROUPS
from clinic.web.physician.protocols.sentences import Difference, differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One version: who wrote it when and why, and what it changed; the first changed nothing."""

    number: int
    at: datetime
    who: str
    reason: str
    changes: Sequence[Difference]


def protocol_row(session: Session, protocol_id: UUID) -> ProtocolRow:
    """Return a protocol with its newest version, or raise UnknownProtocol."""
    for row in queries.protocols(session):
        if row.id == protocol_id:
            return row
    raise UnknownProtocol("There is no such protocol. Open the list of protocols again.")


def history_of(session: Session, protocol_id: UUID, *, kinds: Mapping[str, str]) -> list[Written]:
    """Return the versions of a protocol, the newest first."""
    versions = queries.protocol_versions(session, protocol_id)
    read = [protocol_of(version.definition) for version in versions]
    older = [*read[1:], read[-1]]
    return [
        Written(
            number=version.number,
            at=version.at,
            who=version.actor_name,
            reason=version.reason,
            changes=differences(before, after, kinds=kinds),
        )
        for version, before, after in zip(versions, older, read, strict=True)
    ]


def kind_choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    """Return code and name of the visits that each part may choose: those of the course, and the physician's."""
    kinds = scheduling.visit_types(session)
    of_course = [(kind.code, kind.name) for kind in kinds if kind.purpose == VisitPurpose.SESSION]
    others = [(kind.code, kind.name) for kind in kinds if kind.purpose != VisitPurpose.SESSION]
    return {part: of_course if part in SESSION_PHASES else others for part in GROUPS}


def visit_kinds(session: Session) -> dict[str, str]:
    """Return the names of the kinds of visits by code."""
    return {kind.code: kind.name for kind in scheduling.visit_types(session, only_active=False)}
