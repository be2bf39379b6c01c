"""Moving one plan to another version of a protocol, after seeing what is different for this patient."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.treatment import actions, queries
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import ProtocolRow
from clinic.treatment.rules.reading import protocol_of
from clinic.web.frame import policy
from clinic.web.frame.forms import Note
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened
from clinic.web.physician.protocols.history import visit_kinds
from clinic.web.physician.protocols.sentences import differences


class VersionForm(PlanForm):
    """The version to follow from now on, and why."""

    protocol_version_id: UUID
    reason: Note

    words: ClassVar[dict[str, str]] = {"protocol_version_id": "Choose what the plan follows from now on."}


def offers_for(session: Session, plan: TreatmentPlan) -> list[ProtocolRow]:
    """Return what the plan could follow instead: the newest version of each protocol that is offered."""
    own = queries.protocol_version(session, plan.protocol_version_id)
    rows = [row for row in queries.protocols(session) if row.version_id != plan.protocol_version_id]
    offered = [row for row in rows if row.retired_at is None or row.id == own.protocol_id]
    return sorted(offered, key=lambda row: row.id != own.protocol_id)


def _saved(session: Session, found: Opened) -> Mapping[str, object]:
    newer = offers_for(session, found.plan)
    return {"protocol_version_id": newer[0].version_id if newer else None}


def _facts(session: Session, found: Opened) -> Mapping[str, object]:
    own = queries.protocol_version(session, found.plan.protocol_version_id)
    present, kinds = protocol_of(own.definition), visit_kinds(session)
    return {
        "named": queries.protocol_named(session, own.id),
        "offers": [(row, differences(present, row.protocol, kinds=kinds)) for row in offers_for(session, found.plan)],
        "has_own_numbers": bool(found.plan.adjustments),
    }


def _move(session: Session, plan: TreatmentPlan, form: VersionForm) -> str:
    name, number = queries.protocol_named(session, form.protocol_version_id)
    actions.change_plan(
        session,
        plan_id=plan.id,
        protocol_version_id=form.protocol_version_id,
        reason=form.reason,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return f"The plan follows {name}, version {number}, from now on."


_PART = Part(template="physician/plans/version.html", saved=_saved, facts=_facts)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/protocol")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_version(patient_id: UUID) -> ResponseReturnValue:
    """Show what the plan could follow instead, side by side with what it follows."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/protocol")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def move_to_version(patient_id: UUID) -> ResponseReturnValue:
    """Let the plan follow another version."""
    return save(_PART, patient_id, model=VersionForm, change=_move)
