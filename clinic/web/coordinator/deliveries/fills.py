"""One fill: where it stands, what it waits for, and the forms for the pharmacy's next word and for the carrier."""

from collections.abc import Sequence
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.gateways.carriers import CARRIERS
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.medication.actions.pharmacy_steps import STEPS
from clinic.medication.models import Fill, FillEvent, RefillDecision
from clinic.medication.queries import fills as queries
from clinic.medication.queries.lots import packed_lots
from clinic.medication.queries.orders import order
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.queries.pharmacies import pharmacy
from clinic.medication.queries.verdicts import decisions_of, open_reasons_of
from clinic.medication.rules.fills import NEXT, FillState, may_cancel
from clinic.medication.rules.reasons import ABOUT_ADDRESS, Reason, for_coordinator
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.deliveries.words import FILL_NEXT, STEP_WORDS, fill_word
from clinic.web.frame import policy
from clinic.web.frame.form_state import with_prefix
from clinic.web.frame.forms import FormErrors, FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime

_PHARMACYS_WORDS = frozenset({FillState.CLARIFICATION, FillState.REJECTED, FillState.VOIDED})
_WAITS_HERE = frozenset({FillState.REQUESTED, FillState.BLOCKED})
STEP, HANDING, CANCELING = "step", "hand-over", "cancel"
"""The forms of the page, which share names of boxes and so have prefixes."""


@blueprint.get("/deliveries/fills/<uuid:fill_id>")
@policy.staff(Role.COORDINATOR, audit="fill.viewed")
def fill(fill_id: UUID) -> ResponseReturnValue:
    """Show one fill with what can be done now."""
    return fill_page(fill_id)


def fill_page(fill_id: UUID, name: str = "", form: FormState | None = None) -> ResponseReturnValue:
    """Show the fill, with the form of this name as it was sent, and note that it was seen."""
    forms = {each: blank_form(prefix=each) for each in (STEP, HANDING, CANCELING)}
    if form is not None:
        forms[name] = with_prefix(form, name)
    with runtime().begin(by=actor()) as session:
        found = queries.fill(session, fill_id)
        patient = people.patient_for(session, actor=actor(), patient_id=found.patient_id, now=now())
        journal.note(
            session, "fill.viewed", subject_kind="fill", subject_id=found.id, at=now(), patient_ids=(patient.id,)
        )
        page = render_template(
            "coordinator/deliveries/fill.html",
            fill=found,
            patient=patient,
            contact=people.contact_of(session, patient),
            word=fill_word(found.state),
            next_step="" if found.state in _WAITS_HERE else FILL_NEXT.get(FillState(found.state), ""),
            steps=steps_of(FillState(found.state)),
            may_hand_over=found.state == FillState.PACKED,
            may_cancel=may_cancel(FillState(found.state)),
            may_verify=FillState.VERIFIED in NEXT[FillState(found.state)],
            carriers=[(each, each) for each in CARRIERS],
            forms=forms,
            failed=form if isinstance(form, FormErrors) else None,
            pharmacy=pharmacy(session, found.pharmacy_id),
            lots=packed_lots(session, found.id),
            parcels=[each for each in shipments_of(session, patient.id) if each.fill_id == found.id],
            waits_for=_waits_for(session, found),
            waits_for_address=any(each.code in ABOUT_ADDRESS for each in _reasons(session, found)),
            history=_history(session, found),
        )
    return page, form.status if form else 200


def steps_of(state: FillState) -> list[tuple[str, str]]:
    """Return what the pharmacy can tell of a fill in this state, as choices."""
    if state is FillState.HANDED_TO_CARRIER:
        return []
    return [(step.value, words) for step, words in STEP_WORDS.items() if step in NEXT[state] & STEPS]


def _reasons(session: Session, found: Fill) -> tuple[Reason, ...]:
    """Return what speaks against the next step by the newest decision."""
    decision = _newest_refusal(session, found)
    return tuple(open_reasons_of(decision)) if decision else ()


def _waits_for(session: Session, found: Fill) -> Sequence[str]:
    """Return the same without anything clinical, and who decides."""
    physician = people.physician(session, order(session, found.prescription_id).physician_id)
    told = (for_coordinator(each, physician=physician.full_name) for each in _reasons(session, found))
    return list(dict.fromkeys(told))


def _newest_refusal(session: Session, found: Fill) -> RefillDecision | None:
    """Return the newest decision since the fill came to its state, if it was a refusal that the fill waits on."""
    if found.state not in {FillState.BLOCKED, FillState.PACKED}:
        return None
    moment = "release" if found.state == FillState.BLOCKED else "ship"
    wanted = (each for each in decisions_of(session, found.patient_id) if each.moment == moment)
    newest = next(wanted, None)
    return newest if newest and not newest.is_allowed and newest.at >= found.state_since else None


def _history(session: Session, found: Fill) -> list[dict[str, object]]:
    return [
        {"at": each.at, "what": fill_word(each.to_state), "detail": _said(each), "who": each.actor_name}
        for each in reversed(queries.events_of_fill(session, found.id))
    ]


def _said(event: FillEvent) -> str:
    """Return the pharmacy's words; why a physician did something is not for this page."""
    return event.reason or "" if event.to_state in _PHARMACYS_WORDS else ""
