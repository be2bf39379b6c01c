"""The page of a support person: yes or no beforehand, there on the day, the watch, and its end."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.session_day.errors import NoSupportPerson
from clinic.session_day.queries.limits import watch_limits
from clinic.session_day.rules.watching import DueState
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.support.finding import PURPOSE, SEEN, Supporting, supporting
from clinic.web.patient.support.wording import MISSING


@blueprint.get("/support")
@policy.patient_link(PURPOSE, audit=SEEN)
def support_page() -> ResponseReturnValue:
    """Show what this person does next."""
    return shown()


def shown(*, pressure: FormState | None = None, attest: FormState | None = None) -> ResponseReturnValue:
    """Return the page as it stands now, with forms that could not be used as they were sent."""
    with runtime().begin(by=actor()) as session:
        try:
            found = supporting(session)
        except NoSupportPerson:
            return render_template("patient/support/gone.html"), 410
        journal.note(
            session,
            SEEN,
            subject_kind="support_person",
            subject_id=found.person_id,
            at=now(),
            patient_ids=(found.patient.id,),
        )
        return _page(session, found, (pressure, attest))


def _page(session: Session, found: Supporting, forms: tuple[FormState | None, FormState | None]) -> ResponseReturnValue:
    pressure, attest = forms
    sent = next((one for one in forms if one is not None), None)
    words = [str(MISSING[one]) for one in found.watch.missing] if found.watch else []
    page = render_template(
        "patient/support/page.html",
        stage=found.stage.value,
        person=found.person,
        visit=found.visit,
        first_name=found.first_name,
        began_at=found.began_at,
        watch=found.watch,
        limits=watch_limits(session),
        due=DueState,
        missing=words,
        pressure=pressure or blank_form(prefix="bp"),
        attest=attest or blank_form(prefix="here"),
    )
    return (page, sent.status) if sent is not None else page
