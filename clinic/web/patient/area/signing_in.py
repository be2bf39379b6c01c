"""Signing in by the own phone: the same pages and answers for everybody, whether the clinic knows the number or not."""

from http import HTTPStatus
from uuid import UUID

from flask import make_response, redirect, render_template, url_for
from flask import session as form_cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from clinic.access import actions as access
from clinic.access.rules.entering import AreaEntered, CodeDead, Wish, WrongCode
from clinic.kernel.errors import Invalid
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.area.forms import AskForm, CodeForm

_ENTRY = "entry"
_SAME_FOR_ALL = "asks for a number and a birth date; the answer is the same for everybody"


class NoQuery(FormModel):
    """Nothing but the language, which the frame reads."""


@blueprint.get("/me")
@policy.public(_SAME_FOR_ALL, knows_area=True)
def sign_in() -> ResponseReturnValue:
    """Ask for number and birth date, or go on to the area for who is signed in."""
    read_query(NoQuery)
    return see_other("patient.home") if visitor().is_in_area else _asking(blank_form())


@blueprint.post("/me")
@policy.public(_SAME_FOR_ALL)
def ask_code() -> ResponseReturnValue:
    """Take the wish, and say that a code is on its way if the number is known."""
    form = read_form(AskForm)
    if isinstance(form, FormErrors):
        return _asking(form)
    with runtime().begin(by=actor()) as session:
        taken = access.ask_to_enter(session, form.asked(), wish=Wish.CODE, by=actor(), now=now())
    if isinstance(taken, access.TooManyGuesses):
        return too_many("patient/area/sign_in.html")
    form_cookie[_ENTRY] = str(taken)
    return see_other("patient.give_code")


@blueprint.get("/me/code")
@policy.public(_SAME_FOR_ALL)
def give_code() -> ResponseReturnValue:
    """Ask for the six digits."""
    read_query(NoQuery)
    return see_other("patient.sign_in") if _entry() is None else _code_page(blank_form())


@blueprint.post("/me/code")
@policy.public("checks a code of six digits, five tries", knows_link=True)
def use_code() -> ResponseReturnValue:
    """Let in whoever has the code, once."""
    form, request_id = read_form(CodeForm), _entry()
    if request_id is None:
        return see_other("patient.sign_in")
    if isinstance(form, FormErrors):
        return _code_page(form)
    with runtime().begin(by=actor()) as session:
        tried = access.use_code(session, request_id, typed=form.code, ring=runtime().link_ring, by=actor(), now=now())
        left_link = visitor().session_id
        if isinstance(tried, AreaEntered) and left_link is not None:
            access.end_link_session(session, session_id=left_link, by=actor(), now=now())
    if isinstance(tried, AreaEntered):
        return _let_in(tried)
    if isinstance(tried, WrongCode):
        said = ngettext(
            "That is not the code. %(num)d try is left.", "That is not the code. %(num)d tries are left.", tried.left
        )
        return _code_page(form.refused(Invalid(said, field="code")))
    assert isinstance(tried, CodeDead)
    form_cookie.pop(_ENTRY, None)
    return render_template("patient/area/code_over.html"), HTTPStatus.GONE


def too_many(template: str, **more: object) -> ResponseReturnValue:
    """Return a form's page with the sentence that it was asked too often, whoever asked."""
    said = _("This was asked many times. Wait half an hour, or call us.")
    return render_template(template, form=blank_form(), problem=said, **more), HTTPStatus.TOO_MANY_REQUESTS


def _asking(form: FormState) -> ResponseReturnValue:
    return render_template("patient/area/sign_in.html", form=form, problem=None), form.status


def _code_page(form: FormState) -> ResponseReturnValue:
    return render_template("patient/area/code.html", form=form), form.status


def _let_in(tried: AreaEntered) -> Response:
    answer = make_response(redirect(url_for("patient.home"), HTTPStatus.SEE_OTHER))
    cookies.start_session(answer, tried.token, kind="area")
    return cookies.drop(answer, kind="link")


def _entry() -> UUID | None:
    """Return the wish that this browser waits on; only this browser can use its code."""
    kept = form_cookie.get(_ENTRY)
    return UUID(kept) if kept else None
