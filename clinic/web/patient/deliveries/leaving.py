"""Putting away for good what nobody uses any more: what to do, what was done, and how many are left after it."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.actions.disposals import DisposalMethod
from clinic.medication.actions.leftovers import put_away as put_away_units
from clinic.medication.errors import WrongState
from clinic.medication.models import Disposal
from clinic.medication.queries.ledger import LotBalance
from clinic.medication.queries.leftovers import disposals_of, lots_to_put_away
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, seen, taken
from clinic.web.patient.deliveries.forms import PutAwayForm
from clinic.web.patient.deliveries.wording import WAYS


@blueprint.get("/my-deliveries/put-away")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_put_away() -> ResponseReturnValue:
    """Say how to put away what is left, and ask what was done."""
    return _asking(blank_form())


@blueprint.post("/my-deliveries/put-away")
@policy.patient_link(PURPOSE, audit=SEEN)
def put_away() -> ResponseReturnValue:
    """Take the patient's word on what is gone and on what is left; sent twice, it counts once."""

    def act(session: Session, patient: Patient, form: PutAwayForm) -> str:
        if _is_said_again(_newest(session, patient.id), form):
            return _("Saved. Thank you.")
        if form.lot_id not in {lot.lot_id for lot in _lots(session, patient)}:
            raise WrongState("There is nothing of this lot to put away.")
        count = put_away_units(
            session,
            patient_id=patient.id,
            lot_id=form.lot_id,
            units=form.units,
            method=form.method.value,
            witness=form.witness or "",
            counted=form.counted,
            by=actor(),
            now=now(),
        )
        if count.counted != count.expected:
            return _("Saved. Thank you. If we want to know more, we call you.")
        is_closed = count.moment == "closing"
        return _("Thank you. Nothing is left; that was the last step.") if is_closed else _("Saved. Thank you.")

    return taken(PutAwayForm, act, _asking)


def _asking(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        lots, newest = _lots(session, patient), _newest(session, patient.id)
        if not (lots or form.has_errors):
            return see_other("patient.deliveries")
        return render_template(
            "patient/deliveries/put_away.html",
            form=form,
            lots=[(str(lot.lot_id), lot.number) for lot in lots],
            ways=list(WAYS.items()),
            after=newest.id if newest else "",
        ), form.status


def _lots(session: Session, patient: Patient) -> list[LotBalance]:
    return lots_to_put_away(session, patient.id, today=in_zone(now(), patient.zone).date())


def _newest(session: Session, patient_id: UUID) -> Disposal | None:
    return next(iter(disposals_of(session, patient_id)), None)


def _is_said_again(newest: Disposal | None, form: PutAwayForm) -> bool:
    """Tell whether the newest disposal came from this very page a moment ago."""
    if newest is None or newest.id == form.after:
        return False
    return (newest.lot_id, newest.units, newest.method) == (form.lot_id, form.units, DisposalMethod(form.method.value))
