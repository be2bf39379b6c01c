"""Who will be with the patient: named on the page of the visit, filled in with who was named before."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from clinic.kernel.errors import DomainError
from clinic.kernel.phone import for_reading, to_e164
from clinic.session_day.actions.supporting import name_support_person
from clinic.session_day.errors import NotASession, SupportRefused
from clinic.session_day.queries.persons import number_of, suggested, support_person_of
from clinic.session_day.rules.persons import Named, Relation
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, Tick, filled, read_form, refusing
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.support.wording import naming_refused, relations
from clinic.web.patient.visits import Opened, opened


class SupportForm(FormModel):
    """Who it is, how to reach them, and that they agreed to be texted."""

    name: Annotated[Line, Field(max_length=120)]
    phone: Annotated[Line, refusing(to_e164)]
    relation: Relation
    language: Annotated[str, Field(pattern="^(en|es)$")]
    has_agreed: Tick

    words: ClassVar[Mapping[str, Any]] = {
        "name": _l("Enter the name of your support person."),
        "name.long": _l("This is too long. Use at most 120 characters."),
        "phone": _l("Enter a 10-digit US number, like 305 555 0123."),
        "relation": _l("Choose who this person is to you."),
        "language": _l("Choose the language for texts to this person."),
    }

    def named(self) -> Named:
        """Return it as the rules take it."""
        return Named(name=self.name, e164=self.phone, relation=self.relation, language=self.language)


@blueprint.get("/visit/<uuid:appointment_id>/support")
@policy.patient_link("visit", "course")
def support(appointment_id: UUID) -> ResponseReturnValue:
    """Ask who will be there."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, appointment_id)
        if not _is_wanted(found):
            return render_template("patient/support/not_needed.html", visit=found.row)
        return _page(session, found, filled(offered(session, found)))


@blueprint.post("/visit/<uuid:appointment_id>/support")
@policy.patient_link("visit", "course")
def name_support(appointment_id: UUID) -> ResponseReturnValue:
    """Keep who will be there, and ask that person by text."""
    with runtime().begin(by=actor()) as session:
        _at_home(session, appointment_id)
    form = read_form(SupportForm)
    if isinstance(form, FormErrors):
        return _again(appointment_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            _at_home(session, appointment_id)
            name_support_person(
                session,
                appointment_id=appointment_id,
                named=form.named(),
                has_agreed=form.has_agreed,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
    except (SupportRefused, NotASession) as refusal:
        told: DomainError = naming_refused(refusal)
        return _again(appointment_id, form.refused(told))
    flash(_("Thank you. We ask your support person by text to confirm."))
    return see_other("patient.visit", appointment_id=appointment_id)


def offered(session: Session, found: Opened) -> dict[str, object]:
    """Return what the boxes hold at first: who is named, else who was before."""
    present = support_person_of(session, found.row.id)
    if present is not None:
        number = for_reading(number_of(session, present))
        return {"name": present.name, "phone": number, "relation": present.relation, "language": present.language}
    before = suggested(session, found.patient)
    number = for_reading(before.e164) if before.e164 else ""
    return {"name": before.name, "phone": number, "relation": before.relation, "language": found.patient.language}


def _is_wanted(found: Opened) -> bool:
    return found.is_at_home and found.stands


def _at_home(session: Session, appointment_id: UUID) -> Opened:
    found = opened(session, appointment_id)
    if not _is_wanted(found):
        raise NotFound
    return found


def _again(appointment_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        return _page(session, _at_home(session, appointment_id), form), form.status


def _page(session: Session, found: Opened, form: FormState) -> str:
    return render_template(
        "patient/support/name.html",
        visit=found.row,
        present=support_person_of(session, found.row.id),
        form=form,
        relations=relations(),
        languages=[("en", "English"), ("es", "Español")],
    )
