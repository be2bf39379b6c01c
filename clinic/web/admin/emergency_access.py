"""The reviews of records that physicians opened in an emergency: each has to be closed by somebody else."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards.emergency_steps import steps_of
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import actions, queries
from clinic.people.queries import EmergencyRow
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class Verdict(StrEnum):
    """Whether opening the record was right."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class ReviewForm(FormModel):
    """What the reviewer found."""

    verdict: Verdict
    note: Note

    words: ClassVar[dict[str, str]] = {
        "verdict": "Say whether opening the record was right.",
        "note": "Say in a few words what you found out.",
    }


@blueprint.get("/admin/emergency-access")
@policy.staff(Role.ADMIN, audit="emergency_access.listed")
def emergency_access() -> str:
    """List what waits for a review, the oldest first, and what was reviewed."""
    with runtime().begin(by=actor()) as session:
        waiting, done = queries.waiting_for_review(session), queries.reviewed(session)
        _note(session, [*waiting, *done])
    return render_template("admin/emergency/index.html", waiting=waiting, done=done, zone=runtime().clinic.zone)


@blueprint.get("/admin/emergency-access/<uuid:access_id>")
@policy.staff(Role.ADMIN, audit="emergency_access.listed")
def ask_review(access_id: UUID) -> ResponseReturnValue:
    """Show who opened which record when and why, and ask whether that was right."""
    return _page(access_id, blank_form())


@blueprint.post("/admin/emergency-access/<uuid:access_id>")
@policy.staff(Role.ADMIN, audit="emergency_access.reviewed")
def review_emergency(access_id: UUID) -> ResponseReturnValue:
    """Close the review."""
    form = read_form(ReviewForm)
    if isinstance(form, FormErrors):
        return _page(access_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.review_access(
                session,
                access_id=access_id,
                is_justified=form.verdict is Verdict.JUSTIFIED,
                note=form.note,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return _page(access_id, form.refused(refusal))
    flash("The review is closed.")
    return see_other("admin.emergency_access")


def _page(access_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = queries.emergency_access(session, access_id)
        steps = steps_of(session, row)
        _note(session, [row])
    zone, choices = runtime().clinic.zone, [("justified", "Right"), ("not_justified", "Not right")]
    page = render_template("admin/emergency/review.html", row=row, steps=steps, form=form, zone=zone, choices=choices)
    return page, form.status


def _note(session: Session, rows: Sequence[EmergencyRow]) -> None:
    journal.note(
        session,
        "emergency_access.listed",
        subject_kind="emergency_access",
        subject_id=rows[0].id if len(rows) == 1 else None,
        at=now(),
        patient_ids=tuple({row.patient_id for row in rows}),
    )
