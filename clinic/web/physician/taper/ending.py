"""Ending a taper: stopping it on the way, or completing it with what was left at home."""

from typing import ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.treatment.actions import tapers as actions
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.tapers import Returned
from clinic.web.frame import policy
from clinic.web.frame.forms import Note, Tick, WholeNumber
from clinic.web.physician import blueprint
from clinic.web.physician.taper.deciding import Decision, TaperForm, decide


class StopForm(TaperForm):
    """Why the taper stops, what begins then, and whether booked sessions are canceled."""

    reason: Note
    next_phase: Phase | None = None
    cancel_visits: Tick

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why.", "next_phase": "Choose what begins now."}


class CompleteForm(TaperForm):
    """What was left at home and what became of it, and whether booked sessions are canceled."""

    units_left: WholeNumber
    returned: Returned
    cancel_visits: Tick

    words: ClassVar[dict[str, str]] = {
        "units_left": "Enter how many units were left, 0 for none.",
        "returned": "Say what became of them.",
    }


@blueprint.post("/my-patients/<uuid:patient_id>/taper/stop")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def stop_taper(patient_id: UUID) -> ResponseReturnValue:
    """Stop the taper before its end."""
    return decide(patient_id, StopForm, _stop, name="stop")


@blueprint.post("/my-patients/<uuid:patient_id>/taper/complete")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def complete_taper(patient_id: UUID) -> ResponseReturnValue:
    """Complete the taper; aftercare begins."""
    return decide(patient_id, CompleteForm, _complete, name="complete")


def _stop(form: StopForm, made: Decision) -> str:
    actions.stop_taper(
        made.session, reason=form.reason, next_phase=form.next_phase, cancel_visits=form.cancel_visits, **made.asked
    )
    return "The taper is stopped."


def _complete(form: CompleteForm, made: Decision) -> str:
    actions.complete_taper(
        made.session, units_left=form.units_left, returned=form.returned, cancel_visits=form.cancel_visits, **made.asked
    )
    return "The taper is complete. Aftercare began."
