"""Keeping the filters on the screen under a name, and letting go of them."""

from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from clinic.kernel.actor import Actor, Role
from clinic.kernel.errors import Forbidden, Invalid
from clinic.monitoring.actions import panel_views
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, NoFields, read_form
from clinic.web.frame.reading import read
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.panel.asked import PanelQuery, address_of
from clinic.web.physician.panel.listing import show


class ViewForm(FormModel):
    """A name, and the filters as they stand in the address."""

    words = {"name": "Give the view a name."}  # noqa: RUF012 - the model's own table
    name: Line
    query: Line = ""


class UnusableView(Invalid):
    """The filters that came with the form are none of the panel's."""

    code = "unusable_view"


@blueprint.post("/panel/views")
@policy.staff(Role.PHYSICIAN, audit="panel_view.saved")
def save_panel_view() -> ResponseReturnValue:
    """Keep the filters on the screen under a name."""
    form = read_form(ViewForm)
    wanted = _wanted("" if isinstance(form, FormErrors) else form.query)
    if isinstance(form, FormErrors):
        return show(wanted, saving=form)
    kept = address_of(wanted)
    try:
        with runtime().begin(by=actor()) as session:
            panel_views.save_view(
                session, staff_id=_own(actor()), name=form.name, query=urlencode(kept), by=actor(), now=now()
            )
    except Invalid as refusal:
        return show(wanted, saving=form.refused(refusal))
    flash("View saved. You find it under Saved views.")
    return redirect(url_for("physician.panel_page", **kept), 303)  # type: ignore[arg-type]


@blueprint.post("/panel/views/<uuid:view_id>/remove")
@policy.staff(Role.PHYSICIAN, audit="panel_view.removed")
def remove_panel_view(view_id: UUID) -> ResponseReturnValue:
    """Let go of a view."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        panel_views.remove_view(session, view_id=view_id, staff_id=_own(actor()), by=actor(), now=now())
    flash("View removed.")
    return see_other("physician.panel_page")


def _wanted(query: str) -> PanelQuery:
    found = read(PanelQuery, MultiDict(parse_qsl(query)), ignored=frozenset({"page"}))
    if isinstance(found, FormErrors):
        raise UnusableView("These filters cannot be kept. Open the panel, choose them again, then save.")
    return found


def _own(by: Actor) -> UUID:
    if by.id is None:
        raise Forbidden("Only somebody who is signed in keeps views.")
    return by.id
