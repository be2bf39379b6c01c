"""Leaving a name and a number after the questions, and choosing a time for the first visit or a call."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.intake.actions.signing_up import SigningUp, free_times, sign_up
from clinic.intake.errors import StaleAnswers, TooManySignUps
from clinic.intake.queries.intakes import limits_now
from clinic.kernel.errors import Conflict, DomainError, Invalid
from clinic.kernel.localtime import in_zone
from clinic.people.rules import ConsentGiven, ConsentSource, NewPatient, current_wording, zone_for
from clinic.scheduling.errors import NoSlot
from clinic.web.frame import policy
from clinic.web.frame.forms import DateParts, FormErrors, FormState, Line, Tick, blank_form, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.wording import PLACE
from clinic.web.patient.qualify.asking import begin_again, judged, may_join, result_page
from clinic.web.patient.qualify.carrying import Carried, CarriedForm, opened, sealed
from clinic.web.slots import SlotChoice, days_for_patient

_OPEN = "somebody who answered the questions leaves a name; throttled by network"
_DAYS_SHOWN = 14
_BOXES: Mapping[str, LazyString] = {
    "legal_first_name": _l("Enter your first name as it stands on your ID, in letters."),
    "legal_last_name": _l("Enter your last name as it stands on your ID, in letters."),
    "birth_date": _l("Enter your birth date, for example 3 12 1984. We care for adults."),
    "phone": _l("Enter a mobile number of 10 digits."),
    "email": _l("Enter an e-mail address, like name@example.org, or leave it empty."),
    "address_line": PLACE["address_line"],
    "city": PLACE["city"],
    "postal_code": PLACE["postal_code"],
    "agrees": _l("Tick the box if you agree. Without it we keep nothing and cannot call you."),
}


class ContactForm(CarriedForm):
    """Who it is and how to reach that person; nobody sees or fills in `website` but programs."""

    legal_first_name: Line
    legal_last_name: Line
    birth_date: DateParts
    phone: Line
    email: Line | None = None
    address_line: Line
    city: Line
    postal_code: Line
    agrees: Tick
    agrees_to_texts: Tick
    website: Line | None = None

    words: ClassVar[Mapping[str, Any]] = _BOXES


class TimeForm(CarriedForm):
    """A pressed time, or none: then somebody calls."""

    slot: SlotChoice | None = None


@blueprint.post("/qualify/contact")
@policy.public(_OPEN)
def qualify_contact() -> ResponseReturnValue:
    """Ask for a name and a number."""
    carried = _carried(read_form(CarriedForm))
    return begin_again() if carried is None else _contact_page(carried, None)


@blueprint.post("/qualify/times")
@policy.public(_OPEN)
def qualify_times() -> ResponseReturnValue:
    """Look at what was typed, and show the times for a first visit; nothing is kept yet."""
    form = read_form(ContactForm)
    carried = _carried(form)
    if carried is None:
        return begin_again()
    if isinstance(form, FormErrors):
        return _contact_page(carried, form)
    if not form.agrees:
        said = str(_BOXES["agrees"])
        again = form.refused(Invalid(said, field="agrees"))
        return _contact_page(carried, again)
    if form.website:
        return _done()
    typed = form.model_dump(mode="json", exclude={"carried", "website", "agrees"})
    carried = replace(carried, contact=typed)
    try:
        return _times_page(carried)
    except (Invalid, Conflict) as refusal:
        return _contact_page(carried, form.refused(_at_its_box(refusal)))


@blueprint.post("/qualify/send")
@policy.public(_OPEN)
def qualify_send() -> ResponseReturnValue:
    """Keep everything, once; what the page says then is the same for everybody."""
    form = read_form(TimeForm)
    carried = _carried(form)
    if carried is None or carried.contact is None or isinstance(form, FormErrors):
        return begin_again()
    wanted = _signing_up(carried)
    if form.slot is not None:
        wanted = replace(wanted, physician_id=form.slot.physician_id, starts_at=form.slot.starts_at)
    try:
        with runtime().begin(by=actor()) as session:
            sign_up(session, wanted, key=carried.key, by=actor(), now=now(), ring=runtime().link_ring)
    except NoSlot:
        return _times_page(carried, problem=_("This time was just taken. Please choose another one."))
    except TooManySignUps:
        said = _("Many people signed up from your network. Please call us instead.")
        return render_template("patient/qualify/done.html", problem=said), 429
    except DomainError:
        return _times_page(carried, problem=_("We could not do that. Please choose again, or call us."))
    return _done()


def _done() -> ResponseReturnValue:
    return render_template("patient/qualify/done.html", problem=None)


def _contact_page(carried: Carried, form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        verdict = judged(carried, limits_now(session))
    if not carried.county_fips or not may_join(verdict):
        return result_page(carried) if carried.answers else begin_again()
    page = render_template(
        "patient/qualify/contact.html",
        carried=sealed(carried),
        form=form or blank_form(**(carried.contact or {})),
        texts=current_wording(language()).for_clinic(runtime().clinic.name),
    )
    return page, form.status if form else 200


def _times_page(carried: Carried, *, problem: str | None = None) -> ResponseReturnValue:
    new = _new_patient(carried)
    zone = new.zone or zone_for(new.county_fips, new.postal_code)
    first = in_zone(now(), zone).date()
    with runtime().begin(by=actor()) as session:
        found = free_times(
            session,
            new,
            first_day=first,
            last_day=first + timedelta(days=_DAYS_SHOWN - 1),
            by=actor(),
            now=now(),
        )
    page = render_template(
        "patient/qualify/times.html",
        carried=sealed(carried),
        days=days_for_patient(found, physician_id=carried.key) if found else [],
        zone=zone,
        problem=problem,
    )
    return page, 409 if problem else 200


def _carried(form: CarriedForm | FormErrors) -> Carried | None:
    """Return what a form carries, or None when it cannot be read or nobody answered anything."""
    text = str(form.values.get("carried", "")) if isinstance(form, FormErrors) else form.carried
    try:
        found = opened(text, now=now())
    except StaleAnswers:
        return None
    return found if found.answers else None


def _new_patient(carried: Carried) -> NewPatient:
    typed = dict(carried.contact or {})
    typed.pop("agrees_to_texts")
    born = typed.pop("birth_date")
    return NewPatient(
        **typed,
        birth_date=date.fromisoformat(born),
        state=carried.state,
        county_fips=carried.county_fips or "",
        zone=carried.zone,
        language=language(),
    )


def _signing_up(carried: Carried) -> SigningUp:
    assert carried.contact is not None
    agrees = carried.contact["agrees_to_texts"]
    given = ConsentGiven(source=ConsentSource.WEB_FORM, wording_version=current_wording(language()).version)
    answers = {key: value for key, value in carried.answers.items() if key != "you"}
    return SigningUp(new=_new_patient(carried), consent=given if agrees else None, answers=answers)


def _at_its_box(refusal: DomainError) -> DomainError:
    """Return a refusal in the visitor's words at its box."""
    field = refusal.field or ""
    if field in _BOXES:
        return Invalid(str(_BOXES[field]), field=field)
    return Invalid(_("We could not use this as it is. Check it, or call us."))
