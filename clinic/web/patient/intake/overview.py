"""The list of parts: what is done, what is left, the other things on the way, and the button that sends."""

from collections.abc import Mapping

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from clinic.intake.actions.saving import send_intake
from clinic.intake.errors import NotWaiting, SectionsMissing
from clinic.intake.models import Intake
from clinic.intake.queries.intakes import answers_of, asked_again, complete_sections, evidence_now
from clinic.intake.rules.eligibility import Danger
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import WITH_PATIENT, IntakeState
from clinic.monitoring.queries.check_ins import standing
from clinic.people.models import Patient
from clinic.scheduling.queries import upcoming_for_patient
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.intake.finding import PURPOSE, SEEN, reader, seen

STATES: Mapping[IntakeState, tuple[LazyString, LazyString]] = {
    IntakeState.OPEN: (_l("Not sent yet"), _l("Answer each part. You can stop at any time and go on later.")),
    IntakeState.WAITING: (_l("With the physician"), _l("Thank you. There is nothing for you to do now.")),
    IntakeState.NEEDS_MORE: (
        _l("The physician has a question"),
        _l("Please look at the parts that are marked again, change what is different, and send."),
    ),
    IntakeState.ACCEPTED: (_l("Looked at"), _l("A physician has looked at everything. We talk with you about it.")),
    IntakeState.DECLINED: (_l("Looked at"), _l("A physician has looked at everything. We talk with you about it.")),
}
"""What the patient reads about where the intake stands; the decision itself is told by a person."""


@blueprint.get("/my-intake")
@policy.patient_link(PURPOSE, audit=SEEN)
def intake() -> str:
    """Show the parts and what is left."""
    with runtime().begin(by=actor()) as session:
        found, patient = seen(session)
        return render_template("patient/intake/overview.html", **_facts(session, found, patient))


@blueprint.post("/my-intake/send")
@policy.patient_link(PURPOSE)
def send_own_intake() -> ResponseReturnValue:
    """Send it to the physician; pressing twice is fine."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            send_intake(session, patient_id=reader(session).id, by=actor(), now=now())
        flash(_("Thank you. A physician looks at it now."))
    except SectionsMissing:
        flash(_("Some parts are still open. Answer them, then send."), "error")
    except NotWaiting:
        flash(_("A physician has looked at it already. Change an answer if something is different now."), "error")
    return see_other("patient.intake")


def _facts(session: Session, found: Intake, patient: Patient) -> dict[str, object]:
    answers = answers_of(session, found.id)
    complete, again = complete_sections(answers), asked_again(session, found)
    asked = standing(session, patient.id, now())
    parts = [
        (each.key, each.title[language()], _status(each.key, complete, again, is_begun=each.key in answers))
        for each in sections()
    ]
    return {
        "patient": patient,
        "word": STATES[IntakeState(found.state)][0],
        "advice": STATES[IntakeState(found.state)][1],
        "chapters": parts,
        "left": len(sections()) - len(complete),
        "may_send": found.state in WITH_PATIENT and len(complete) == len(sections()),
        "visit": next(iter(upcoming_for_patient(session, patient_id=patient.id, now=now())), None),
        "check_in": "open" if asked.open_since else "done" if asked.last_done_on else "later",
        "danger": _danger(session, found, patient),
    }


def _danger(session: Session, found: Intake, patient: Patient) -> Danger | None:
    return evidence_now(session, found, patient, now=now()).verdict.danger


def _status(key: str, complete: frozenset[str], again: frozenset[str], *, is_begun: bool) -> str:
    if key in again:
        return "again"
    return "done" if key in complete else "begun" if is_begun else "open"
