"""Adding a physician and editing the details, with the account that signs in."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.access.rules.accounts import AccountState
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people import actions, queries
from clinic.people.errors import AccountAlreadyLinked
from clinic.people.models import Physician
from clinic.people.rules import NewPhysician
from clinic.watching import close_renewed, renewals_due
from clinic.web.admin import blueprint
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    Tick,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.stranding import Confirmed, save

ZONES = (
    ("America/New_York", "Eastern time (New York, Miami)"),
    ("America/Chicago", "Central time (Chicago, Pensacola)"),
    ("America/Denver", "Mountain time (Denver)"),
    ("America/Phoenix", "Mountain time without daylight saving (Phoenix)"),
    ("America/Los_Angeles", "Pacific time (Los Angeles)"),
    ("America/Anchorage", "Alaska time (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii time (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic time (Puerto Rico)"),
)


class Details(FormModel):
    """A physician's details as typed."""

    full_name: Annotated[Line, Field(max_length=100)]
    credential: Annotated[Line, Field(max_length=20)]
    zone: Line
    join_url: Annotated[str, Field(max_length=500)] | None = None
    staff_id: UUID | None = None

    words: ClassVar[dict[str, str]] = {
        "full_name": "Enter the name as patients should read it.",
        "credential": "Enter the credential, like MD, DO or APRN.",
        "credential.long": "This is too long. Enter the credential, like MD, DO or APRN.",
        "zone": "Choose the time zone that the physician works in.",
        "staff_id": "Choose one of the accounts, or none.",
        "join_url.long": "This address is too long. Use at most 500 characters.",
    }

    def new(self) -> NewPhysician:
        """Return the details as the domain takes them."""
        return NewPhysician(
            full_name=self.full_name,
            zone=self.zone,
            credential=self.credential,
            join_url=self.join_url,
            staff_id=self.staff_id,
        )


class SavedDetails(Details, Confirmed):
    """A physician's details as typed over saved ones."""

    is_active: Tick
    takes_patients: Tick
    version: WholeNumber


@blueprint.get("/physicians/new")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def new_physician() -> ResponseReturnValue:
    """Ask who sees patients."""
    return _show(None, blank_form(zone=runtime().clinic.zone, credential="MD"))


@blueprint.post("/physicians/new")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def add_physician() -> ResponseReturnValue:
    """Add the physician; licenses and hours come next, on the physician's page."""
    form = read_form(Details)
    if isinstance(form, FormErrors):
        return _show(None, form)
    try:
        with runtime().begin(by=actor()) as session:
            _require_offered(session, form.staff_id, None)
            physician_id = actions.add_physician(session, new=form.new(), by=actor(), now=now()).id
    except (Invalid, Conflict) as refusal:
        return _show(None, form.refused(refusal))
    flash("Physician added. Licenses and weekly hours come next: without them nobody can book.")
    return see_other("admin.physician", physician_id=physician_id)


@blueprint.get("/physicians/<uuid:physician_id>/edit")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def edit_physician(physician_id: UUID) -> ResponseReturnValue:
    """Show the saved details in boxes."""
    found = _physician(physician_id)
    names = (*Details.model_fields, "is_active", "takes_patients")
    return _show(found, filled({name: getattr(found, name) for name in names}))


@blueprint.post("/physicians/<uuid:physician_id>/edit")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def save_physician(physician_id: UUID) -> ResponseReturnValue:
    """Save the details, after showing the visits that another time zone strands, or show what to put right."""
    form = read_form(SavedDetails)
    show = partial(_show_saved, physician_id)
    physician = _physician(physician_id)
    if isinstance(form, FormErrors):
        return show(form)
    step = hours_step(physician, show, what="Details are changed", done="Changes saved.")
    return save(partial(_save, physician_id=physician_id, form=form), form, step)


def _save(session: Session, *, physician_id: UUID, form: SavedDetails) -> None:
    _require_offered(session, form.staff_id, queries.physician(session, physician_id))
    due = renewals_due(session, now=now())
    actions.edit_physician(
        session,
        physician_id=physician_id,
        new=form.new(),
        version=form.version,
        is_active=form.is_active,
        takes_patients=form.takes_patients,
        by=actor(),
        now=now(),
    )
    close_renewed(session, due_before=due, by=actor(), now=now())


def _require_offered(session: Session, staff_id: UUID | None, physician: Physician | None) -> None:
    offered = {account_id for account_id, _ in _accounts(session, physician)}
    if staff_id is not None and staff_id not in offered:
        raise AccountAlreadyLinked(
            "This account is not free any more, or not a physician's. Choose one from the list, or none.",
            field="staff_id",
        )


def _accounts(session: Session, physician: Physician | None) -> list[tuple[UUID, str]]:
    """Return the physicians' accounts that belong to nobody yet, and this physician's own."""
    own = physician.staff_id if physician else None
    taken = {each.staff_id for each in queries.all_physicians(session)} - {own}
    return [
        (row.id, f"{row.full_name}, {row.email}")
        for row in access.staff(session)
        if row.id == own
        or (Role.PHYSICIAN in row.roles and row.state is not AccountState.DISABLED and row.id not in taken)
    ]


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return queries.physician(session, physician_id)


def _show_saved(physician_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    is_changed = form.status == HTTPStatus.CONFLICT and bool(form.problems)
    version = None if is_changed else form.value("version") or None
    return _show(_physician(physician_id), form, version=version, is_changed=is_changed)


def _show(
    physician: Physician | None, form: FormState, *, version: str | None = None, is_changed: bool = False
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        accounts = _accounts(session, physician)
    page = render_template(
        "admin/physicians/details.html",
        physician=physician,
        form=form,
        version=version or (physician.version if physician else None),
        accounts=accounts,
        zones=_zones(physician),
        is_changed=is_changed,
    )
    return page, form.status


def _zones(physician: Physician | None) -> list[tuple[str, str]]:
    """Return the zones to choose from, with a saved one that is not usual."""
    is_usual = physician is None or physician.zone in dict(ZONES)
    return list(ZONES) if is_usual or physician is None else [*ZONES, (physician.zone, physician.zone)]
