"""The door behind a text's link: it shows nothing private until the birth date matches."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.queries import live_link
from clinic.access.queries.links import is_support_link
from clinic.access.rules.links import LinkDead, LinkOpened, LinkPurpose, LinkTarget, WrongBirthDate
from clinic.conversations import actions as conversations
from clinic.people import queries as people
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import DateParts, FormErrors, FormModel, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, visitor
from clinic.web.patient import blueprint

_PAGES: Mapping[str, str] = {
    LinkPurpose.COURSE: "patient.course",
    LinkPurpose.MESSAGES: "patient.messages",
    LinkPurpose.CHECK_IN: "patient.check_in",
    LinkPurpose.MEDICATION: "patient.deliveries",
    LinkPurpose.BILLING: "patient.my_plan",
    LinkPurpose.CONSENT: "patient.my_forms",
    LinkPurpose.INTAKE: "patient.intake",
    LinkPurpose.SUPPORT: "patient.support_page",
}
"""Where a link leads whose page is the patient's own, whatever its resource."""


class BirthDateForm(FormModel):
    """The recipient check: not a secret, but not on the phone's lock screen either."""

    born: DateParts

    words: ClassVar[Mapping[str, Any]] = {"born": lazy_gettext("Enter your birth date, for example 3 12 1984.")}


class EntryQuery(FormModel):
    """Nothing but the language, which the frame reads."""


@blueprint.get("/v/<token>")
@policy.public("the neutral page of a link; it names nobody", knows_link=True)
def door(token: str) -> ResponseReturnValue:
    """Ask for the birth date; opening a link uses nothing up, so that previews are harmless."""
    read_query(EntryQuery)
    opened = visitor().link
    with runtime().begin(by=actor()) as session:
        link = live_link(session, token=token, now=now())
        is_support = is_support_link(session, token=token)
    if link is not None and opened is not None and link.id == opened.link_id:
        return redirect(_inside(link.purpose, link.resource_id), 303)
    return render_template("patient/door.html", form=blank_form(), token=token, left=None, is_support=is_support)


@blueprint.post("/v/<token>")
@policy.public("checks the birth date, five tries", knows_area=True)
def open_door(token: str) -> ResponseReturnValue:
    """Open the link for a matching birth date and continue at an address without the token."""
    form = read_form(BirthDateForm)
    with runtime().begin(by=actor()) as session:
        is_support = is_support_link(session, token=token)
    if isinstance(form, FormErrors):
        page = render_template("patient/door.html", form=form, token=token, left=None, is_support=is_support)
        return page, form.status
    with runtime().begin(by=actor()) as session:
        result = access.open_link(
            session, token=token, birth_date=form.born, now=now(), ip=actor().ip, birth_date_of=_birth_date_of
        )
        if isinstance(result, LinkOpened) and result.link.purpose == LinkPurpose.MESSAGES:
            # Whoever gives the birth date for a text that tells of a message came to read it.
            conversations.open_messages(session, patient_id=result.link.patient_id, now=now())
        if isinstance(result, LinkOpened):
            _meet_area(session, result.link)
    if isinstance(result, LinkOpened):
        answer = make_response(redirect(_inside(result.link.purpose, result.link.resource_id), 303))
        cookies.start_session(answer, result.session_token, kind="link")
        return answer
    if isinstance(result, WrongBirthDate):
        left = result.left
        return render_template(
            "patient/door.html", form=blank_form(), token=token, left=left, is_support=is_support
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    assert isinstance(result, LinkDead)
    return render_template("patient/support/link_gone.html" if is_support else "patient/gone.html", token=token), 410


def _meet_area(session: Session, opened: LinkTarget) -> None:
    """Bring a link and the own area of one browser together, so that pages never mix two people.

    Whoever is signed in goes on there, with the link's check-in in hand; the session of another person ends.
    """
    signed_in = visitor()
    if not signed_in.is_in_area or signed_in.session_id is None or signed_in.link is None:
        return
    if signed_in.link.patient_id != opened.patient_id:
        access.leave_area(session, session_id=signed_in.session_id, now=now(), by=actor())
    elif opened.purpose == LinkPurpose.CHECK_IN:
        access.take_in_hand(session, session_id=signed_in.session_id, opened_id=opened.resource_id)


def _inside(purpose: str, resource_id: UUID) -> str:
    """Return the address that a link leads to."""
    if purpose in _PAGES:
        return url_for(_PAGES[purpose])
    if purpose == LinkPurpose.WAITLIST:
        return url_for("patient.waiting", waiting_id=resource_id)
    return url_for("patient.visit", appointment_id=resource_id)


def _birth_date_of(session: Session, patient_id: UUID) -> date:
    return people.birth_date_of(session, patient_id)
