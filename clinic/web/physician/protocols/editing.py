"""Writing a protocol: the form, what a new version would change and for whom, and publishing it."""

from typing import Any
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.kernel.transaction import undone
from clinic.treatment import actions, queries
from clinic.treatment.models import ProtocolVersion
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.treatment.rules.protocols import Protocol
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.protocols.affected import affected_by
from clinic.web.physician.protocols.boxes import box_name, grouped, protocol_from, typed_boxes
from clinic.web.physician.protocols.form import ProtocolForm, Step
from clinic.web.physician.protocols.history import history_of, kind_choices, protocol_row, visit_kinds
from clinic.web.physician.protocols.sentences import counted, differences, sentences


@blueprint.get("/physician/protocols/new")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def new_protocol() -> ResponseReturnValue:
    """Ask for a name, over the numbers of the usual protocol."""
    with runtime().begin(by=actor()) as session:
        usual = queries.protocols(session)[0].protocol
    return _show(None, blank_form(**typed_boxes(usual)))


@blueprint.post("/physician/protocols/new")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def add_protocol() -> ResponseReturnValue:
    """Read a new protocol back in plain words, or publish it."""
    return _take(None)


@blueprint.get("/physician/protocols/<uuid:protocol_id>")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def protocol(protocol_id: UUID) -> ResponseReturnValue:
    """Show what a protocol says now, in boxes, and what it said before."""
    with runtime().begin(by=actor()) as session:
        row = protocol_row(session, protocol_id)
    return _show(protocol_id, blank_form(name=row.name, version=row.number, **typed_boxes(row.protocol)))


@blueprint.post("/physician/protocols/<uuid:protocol_id>")
@policy.staff(Role.PHYSICIAN, Role.ADMIN, audit="patients.listed")
def publish_protocol(protocol_id: UUID) -> ResponseReturnValue:
    """Show what a new version changes and for whom, or publish it."""
    return _take(protocol_id)


def _take(protocol_id: UUID | None) -> ResponseReturnValue:
    form: Any = read_form(ProtocolForm)
    if isinstance(form, FormErrors):
        return _show(protocol_id, form)
    if form.step is Step.BACK:
        return _show(protocol_id, filled(_typed(form)))
    try:
        wanted = protocol_from(dict(form))
        return _look(protocol_id, form, wanted) if form.step is Step.LOOK else _publish(protocol_id, form, wanted)
    except ChangedMeanwhile as refusal:
        return _show(protocol_id, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        refusal.field = box_name(refusal.field or "") or None
        return _show(protocol_id, form.refused(refusal))


def _typed(form: Any) -> dict[str, object]:  # noqa: ANN401 - the form's class is made at run time
    """Return what was typed, without the button that was pressed."""
    wanted = protocol_from(dict(form))
    return {"name": form.name, "reason": form.reason, "version": form.version, **typed_boxes(wanted)}


def _look(protocol_id: UUID | None, form: Any, wanted: Protocol) -> ResponseReturnValue:  # noqa: ANN401 - as above
    """Show what the new version says, what is different, and which plans could follow it.

    It is written and taken back, so that whatever would refuse it does so here.
    """
    with runtime().begin(by=actor()) as session:
        row = protocol_row(session, protocol_id) if protocol_id else None
        with undone(session):
            _written(session, protocol_id, form, wanted=wanted)
        kinds = visit_kinds(session)
        return render_template(
            "physician/protocols/preview.html",
            row=row,
            name=form.name,
            reason=form.reason,
            said=sentences(wanted),
            groups=grouped(),
            changes=differences(row.protocol, wanted, kinds=kinds) if row else [],
            affected=affected_by(session, row.id) if row else None,
            phase_names=PHASE_NAMES,
            fields=[(box, value) for box, value in filled(_typed(form)).values.items() if isinstance(value, str)],
        )


def _publish(protocol_id: UUID | None, form: Any, wanted: Protocol) -> ResponseReturnValue:  # noqa: ANN401 - as above
    with runtime().begin(by=actor()) as session:
        version = _written(session, protocol_id, form, wanted=wanted)
        moved = _move(session, version, form)
    flash(_told(form, version) + moved)
    return see_other("physician.protocol", protocol_id=version.protocol_id)


def _told(form: Any, version: ProtocolVersion) -> str:  # noqa: ANN401 - as above
    if version.number == form.version:
        return "No number was different, so no version was written."
    return f"{form.name}, version {version.number}, is published."


def _written(session: Session, protocol_id: UUID | None, form: Any, *, wanted: Protocol) -> ProtocolVersion:  # noqa: ANN401 - as above
    return actions.publish_protocol(
        session,
        protocol_id=protocol_id,
        name=form.name,
        protocol=wanted,
        reason=form.reason,
        based_on=form.version,
        by=actor(),
        now=now(),
    )


def _move(session: Session, version: ProtocolVersion, form: Any) -> str:  # noqa: ANN401 - as above
    """Move the ticked plans, only those of own patients, and return how that reads."""
    own = [row.plan_id for row in affected_by(session, version.protocol_id).own if row.plan_id in form.plans]
    if not own:
        return ""
    actions.move_plans_to(session, version_id=version.id, plan_ids=own, reason=form.reason, by=actor(), now=now())
    return f" {counted(len(own), 'plan')} moved to it."


def _show(protocol_id: UUID | None, form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    """Show the form; over a colleague's version with its number, so that publishing again is a decision."""
    with runtime().begin(by=actor()) as session:
        row = protocol_row(session, protocol_id) if protocol_id else None
        kinds = visit_kinds(session)
        page = render_template(
            "physician/protocols/protocol.html",
            form=form,
            row=row,
            version=row.number if row and is_stale else form.value("version"),
            is_stale=is_stale,
            groups=grouped(),
            said=sentences(row.protocol) if row else {},
            kinds=kind_choices(session),
            clinic_zone=runtime().clinic.zone,
            versions=history_of(session, row.id, kinds=kinds) if row else [],
        )
    return page, form.status
