"""Who is on call now, what waits for somebody, what was before, and one's own phone for calls."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.errors import DomainError
from clinic.kernel.phone import for_reading
from clinic.oncall import actions, queries
from clinic.oncall.rules import ROTA_SHOWS, Place
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.oncall import blueprint

_MOST_SHOWN = 20


class PhoneForm(FormModel):
    """A phone for calls as typed; empty takes it away."""

    phone: Annotated[Line, Field(max_length=30)] = ""

    words: ClassVar[dict[str, str]] = {"phone.long": "Enter a 10-digit US mobile number, like 305 555 0123."}


@blueprint.get("/on-call", endpoint="now")
@policy.staff()
def standing() -> ResponseReturnValue:
    """Show who is on call and which calls wait."""
    return _show(None)


@blueprint.post("/on-call/phone")
@policy.staff()
def save_phone() -> ResponseReturnValue:
    """Keep one's own phone for calls."""
    form = read_form(PhoneForm)
    if isinstance(form, FormErrors):
        return _show(form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.save_phone(session, staff_id=own_id(), typed=form.phone, by=actor(), now=now())
    except DomainError as refusal:
        return _show(form.refused(refusal))
    flash("Your phone is saved." if form.phone.strip() else "Your phone is taken away. Calls reach you by e-mail only.")
    return see_other("oncall.now")


def own_id() -> UUID:
    """Return the account of the person who asks; only for pages of people who signed in."""
    found = actor().id
    assert found is not None
    return found


def phone_form(person: queries.ContactRow | None) -> FormState:
    """Return the form with somebody's present number."""
    return blank_form(phone=for_reading(person.e164) if person and person.e164 else "")


def _show(form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        mine = queries.contact(session, own_id())
        shifts = queries.shifts_between(session, since=now(), until=now() + ROTA_SHOWS)
        shown = form or phone_form(mine)
        page = render_template(
            "oncall/now.html",
            form=shown,
            mine=mine,
            zone=runtime().clinic.zone,
            waiting=queries.open_pages(session),
            earlier=queries.recent_pages(session, limit=_MOST_SHOWN),
            lines=[_line(place, shifts, now()) for place in Place],
            own_next=next((one for one in shifts if one.staff_id == own_id() and one.is_account_on), None),
        )
    return page, form.status if form else HTTPStatus.OK


def _line(place: Place, shifts: list[queries.ShiftRow], at: datetime) -> tuple[str, queries.ShiftRow | None]:
    here = (one for one in shifts if one.place is place and one.starts_at <= at and one.is_account_on)
    return place.words, next(here, None)
