"""One part of the intake: its questions, filled with what was answered before."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.intake.actions.saving import save_section
from clinic.intake.queries.intakes import answers_of, limits_now
from clinic.intake.rules.answers import Refused
from clinic.intake.rules.questions import section, sections
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.intake.boxes import asked, form_of, given_in, refused, shown
from clinic.web.patient.intake.finding import PURPOSE, SEEN, reader, seen

_PARTS = ", ".join(each.key for each in sections())


@blueprint.get(f"/my-intake/<any({_PARTS}):part>")
@policy.patient_link(PURPOSE, audit=SEEN)
def intake_part(part: str) -> ResponseReturnValue:
    """Show the questions of one part."""
    return _page(part, None)


@blueprint.post(f"/my-intake/<any({_PARTS}):part>")
@policy.patient_link(PURPOSE, audit=SEEN)
def save_intake_part(part: str) -> ResponseReturnValue:
    """Save the part and lead to the next one that is open, or back to the list."""
    questions = section(part).questions
    with runtime().begin(by=actor()) as session:
        reader(session)
    form = read_form(form_of(questions))
    if isinstance(form, FormErrors):
        return _page(part, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient_id = reader(session).id
            save_section(
                session, patient_id=patient_id, key=part, given=given_in(form, questions), by=actor(), now=now()
            )
    except Refused as refusal:
        return _page(part, refused(form, refusal))
    flash(_("Saved."))
    return see_other("patient.intake")


def _page(part: str, form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found, _patient = seen(session)
        known, limits = answers_of(session, found.id).get(part, {}), limits_now(session)
    about = section(part)
    page = render_template(
        "patient/intake/part.html",
        part=part,
        title=about.title[language()],
        lead=about.lead[language()],
        asked=asked(about.questions, language=language(), limits=limits),
        form=form or shown(known),
    )
    return page, form.status if form else 200
