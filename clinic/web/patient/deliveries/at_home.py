"""What is at home: how many there are, and what became of those that are not."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt
from clinic.medication.actions.leftovers import count_at_home
from clinic.medication.models import SupplyClaim
from clinic.medication.queries.parcels import claims_of
from clinic.medication.queries.verdicts import request_of
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, seen, taken
from clinic.web.patient.deliveries.forms import CountForm, ProblemForm
from clinic.web.patient.deliveries.wording import KINDS


@blueprint.get("/my-deliveries/count")
@policy.patient_link(PURPOSE, audit=SEEN)
def count_supply() -> ResponseReturnValue:
    """Ask how many are at home; what should be there is not said."""
    return _counting(blank_form())


@blueprint.post("/my-deliveries/count")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_count() -> ResponseReturnValue:
    """Keep how many the patient counted."""

    def act(session: Session, patient: Patient, form: CountForm) -> str:
        at = CountAt(moment="refill" if request_of(session, patient.id) else "asked")
        count_at_home(session, patient_id=patient.id, counted=form.counted, at=at, by=actor(), now=now())
        return _("Saved. Thank you for counting.")

    return taken(CountForm, act, _counting)


@blueprint.get("/my-deliveries/problem")
@policy.patient_link(PURPOSE, audit=SEEN)
def report_supply() -> ResponseReturnValue:
    """Ask what became of something at home."""
    return _reporting(blank_form())


@blueprint.post("/my-deliveries/problem")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_report() -> ResponseReturnValue:
    """Take a report in; sent twice, it counts once."""

    def act(session: Session, patient: Patient, form: ProblemForm) -> str:
        if not _is_said_again(_newest(session, patient.id), form):
            record_loss(
                session,
                patient_id=patient.id,
                kind=form.kind.value,
                units=form.units,
                lot_number=form.lot_number,
                words=form.about or "",
                by=actor(),
                now=now(),
            )
        return _("Thank you for telling us. If we want to know more, we call you.")

    return taken(ProblemForm, act, _reporting)


def _counting(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        seen(session)
        return render_template("patient/deliveries/count.html", form=form), form.status


def _reporting(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        newest = _newest(session, seen(session).id)
        return render_template(
            "patient/deliveries/problem.html", form=form, after=newest.id if newest else "", kinds=list(KINDS.items())
        ), form.status


def _newest(session: Session, patient_id: UUID) -> SupplyClaim | None:
    return next(iter(claims_of(session, patient_id)), None)


def _is_said_again(newest: SupplyClaim | None, form: ProblemForm) -> bool:
    """Tell whether the newest report came from this very page a moment ago."""
    if newest is None or newest.id == form.after or newest.reported_by != "patient":
        return False
    return (newest.kind, newest.units) == (form.kind, form.units)
