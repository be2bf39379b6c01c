"""Proposed changes after a moved, missed or canceled session: row by row, and nothing moves before somebody says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import queries as people
from clinic.treatment import queries
from clinic.treatment.actions import reflowing
from clinic.treatment.errors import ReflowRefused
from clinic.treatment.queries.reflow import Reflow, ReflowRow, propose_reflow
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.planner import no_plan_yet, patient_seen
from clinic.web.coordinator.courses.rows import title_of
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, Line, Many, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

_PAGE = "coordinator/courses/changes.html"
WHAT = {"keep": ("=", "Stays"), "move": ("\u2192", "Move"), "book": ("+", "Book"), "cancel": ("\u00d7", "Cancel")}
"""What happens to a visit: sign and word."""


class ChangesForm(FormModel):
    """The rows that were ticked, or all, of the proposal as it was shown."""

    row: Many[Line]
    fingerprint: Line
    which: Literal["all", "chosen"] = "chosen"
    every: Line = ""

    words: ClassVar[dict[str, str]] = {"row": "Those were not the changes shown. Look again."}

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the rows to accept."""
        return tuple(self.every.split()) if self.which == "all" else self.row


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One line of the proposal; `needs` names the lines that must come along."""

    row: ReflowRow
    at: int
    sign: str
    word: str
    title: str
    needs: Sequence[int]
    is_missing: bool


@blueprint.get("/patients/<uuid:patient_id>/course/changes")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def reflow(patient_id: UUID) -> ResponseReturnValue:
    """Show which later visits would move, be booked or be canceled, and why."""
    elsewhere = no_plan_yet(patient_id)
    if elsewhere is not None:
        return elsewhere
    with runtime().begin(by=actor()) as session:
        return render_template(_PAGE, **_page(session, patient_id))


@blueprint.post("/patients/<uuid:patient_id>/course/changes")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def accept_reflow(patient_id: UUID) -> ResponseReturnValue:
    """Make the ticked changes, all of them or none; the patient gets one text."""
    form = read_form(ChangesForm)
    if isinstance(form, FormErrors):
        flash("Those changes could not be read. Look again and press the button once more.", "error")
        return see_other("coordinator.reflow", patient_id=patient_id)
    if not form.keys:
        flash("Nothing was ticked, so nothing changed.", "error")
        return see_other("coordinator.reflow", patient_id=patient_id)
    try:
        count = _accept(patient_id, form)
    except DomainError as refusal:
        return _refused(patient_id, form, refusal)
    visits = "visit" if count == 1 else "visits"
    flash(f"{count} {visits} changed. One text tells of the new dates; whoever gets no texts becomes a call for you.")
    return see_other("coordinator.course", patient_id=patient_id)


def _accept(patient_id: UUID, form: ChangesForm) -> int:
    with runtime().begin(by=actor()) as session:
        people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        plan = queries.plan_for(session, patient_id=patient_id)
        changed = reflowing.accept_reflow(
            session,
            plan_id=plan.id,
            rows=form.keys,
            fingerprint=form.fingerprint,
            by=actor(),
            now=now(),
            ring=runtime().link_ring,
        )
        return len(changed)


def _refused(patient_id: UUID, form: ChangesForm, refusal: DomainError) -> ResponseReturnValue:
    """Show the proposal as it is now, with the same ticks and the lines that have to come along."""
    missing = refusal.needs if isinstance(refusal, ReflowRefused) else ()
    with runtime().begin(by=actor()) as session:
        page = _page(session, patient_id, chosen=frozenset(form.keys), missing=frozenset(missing))
        page |= {"problem": told(refusal)}
        return render_template(_PAGE, **page), status_of(refusal)


def _page(
    session: Session,
    patient_id: UUID,
    *,
    chosen: frozenset[str] | None = None,
    missing: frozenset[str] = frozenset(),
) -> dict[str, object]:
    patient = patient_seen(session, patient_id)
    plan = queries.plan_for(session, patient_id=patient_id)
    found = propose_reflow(session, plan_id=plan.id, now=now())
    changes = [one.key for one in found.changes]
    return {
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "found": found,
        "rows": _rows(found, missing),
        "every": " ".join(changes),
        "chosen": frozenset(changes) if chosen is None else chosen | missing,
        "problem": None,
    }


def _rows(found: Reflow, missing: frozenset[str]) -> list[ChangeRow]:
    at = {one.key: number for number, one in enumerate(found.rows, start=1)}
    return [
        ChangeRow(
            row=one,
            at=at[one.key],
            sign=WHAT[one.what][0],
            word=WHAT[one.what][1],
            title=title_of(one.number),
            needs=sorted(at[key] for key in one.needs if key in at),
            is_missing=one.key in missing,
        )
        for one in found.rows
    ]
