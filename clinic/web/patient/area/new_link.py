"""Asking for a new link where an old one no longer works: the same answer for everybody, a text for the right one."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access.rules.entering import Wish
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.area.forms import AskForm
from clinic.web.patient.area.signing_in import NoQuery, too_many

_SAME_FOR_ALL = "asks for a number and a birth date; the answer is the same for everybody"
_PAGE = "patient/area/new_link.html"


@blueprint.get("/me/new-link")
@policy.public(_SAME_FOR_ALL)
def ask_new_link() -> ResponseReturnValue:
    """Ask for number and birth date, to send the newest link once more."""
    read_query(NoQuery)
    return _asking(blank_form(), None)


@blueprint.post("/me/new-link")
@policy.public(_SAME_FOR_ALL)
def send_new_link() -> ResponseReturnValue:
    """Take the wish for the newest link."""
    return _taken(None)


@blueprint.get("/v/<token>/new")
@policy.public(_SAME_FOR_ALL)
def ask_same_link(token: str) -> ResponseReturnValue:
    """Ask for number and birth date, to send a link of the purpose of this one."""
    read_query(NoQuery)
    return _asking(blank_form(), token)


@blueprint.post("/v/<token>/new")
@policy.public(_SAME_FOR_ALL)
def send_same_link(token: str) -> ResponseReturnValue:
    """Take the wish for a link of the purpose of this one."""
    return _taken(token)


@blueprint.get("/me/link-sent")
@policy.public("says the same to everybody")
def link_sent() -> str:
    """Say that a link is on its way if the number is known."""
    read_query(NoQuery)
    return render_template("patient/area/link_sent.html")


def _taken(token: str | None) -> ResponseReturnValue:
    form = read_form(AskForm)
    if isinstance(form, FormErrors):
        return _asking(form, token)
    with runtime().begin(by=actor()) as session:
        taken = access.ask_to_enter(session, form.asked(), wish=Wish.LINK, dead_token=token, by=actor(), now=now())
    if isinstance(taken, access.TooManyGuesses):
        return too_many(_PAGE, action=_action(token))
    return see_other("patient.link_sent")


def _asking(form: FormState, token: str | None) -> ResponseReturnValue:
    return render_template(_PAGE, form=form, problem=None, action=_action(token)), form.status


def _action(token: str | None) -> str:
    return url_for("patient.send_same_link", token=token) if token else url_for("patient.send_new_link")
