"""A patient moves: the address and the day first, then the list of what follows, then all of it at once."""

from dataclasses import replace
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.handover.actions.moving import preview_move, relocate, withdraw_move
from clinic.handover.errors import SomethingNew
from clinic.handover.queries.consequences import moves_of, planned_move
from clinic.handover.rules.moving import Consequence, NewMove, fingerprint, read_back
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Forbidden, Invalid, NotFound
from clinic.kernel.localtime import in_zone
from clinic.people import queries
from clinic.people.rules import STATES
from clinic.people.rules.addresses import NewAddress
from clinic.scheduling.rules.places import where
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.coordinator.patients.details import City, Street
from clinic.web.coordinator.patients.taking_back import taken_back
from clinic.web.coordinator.patients.wording import ZONES, county_groups
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import NearbyDay
from clinic.web.whereabouts import CHOICES

_PLACE = ("address_line", "city", "postal_code", "county_fips")


class MoveForm(FormModel):
    """The new address and its day; `seen` is the list that was shown, nothing the first time."""

    on: NearbyDay
    state: Line
    address_line: Street | None = None
    city: City | None = None
    postal_code: Line | None = None
    county_fips: Line | None = None
    zone: Line | None = None
    version: WholeNumber
    seen: Line | None = None

    words: ClassVar[dict[str, str]] = {"on": "Choose the day.", "state": "Choose the state."}

    def move(self) -> NewMove:
        """Return the move for the domain; outside the clinic's states there is no address to keep."""
        if self.state not in STATES or not all(getattr(self, name) for name in _PLACE):
            return NewMove(on=self.on, state=self.state, address=None)
        where_to = {name: getattr(self, name) for name in (*_PLACE, "state", "zone")}
        return NewMove(on=self.on, state=self.state, address=NewAddress(**where_to))


@blueprint.get("/patients/<uuid:patient_id>/moving")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def moving(patient_id: UUID) -> ResponseReturnValue:
    """Ask where to and from which day on."""
    return _page(patient_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/moving")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def save_move(patient_id: UUID) -> ResponseReturnValue:
    """Show what would follow, and do it once that was seen."""
    form = read_form(MoveForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            found = _done_or_shown(session, patient_id, form)
    except ChangedMeanwhile as refusal:
        return _page(patient_id, form.refused(refusal), is_stale=True)
    except SomethingNew as refusal:
        return _page(patient_id, form.refused(refusal))
    except (Invalid, Conflict, Forbidden, NotFound) as refusal:
        return _page(patient_id, form.refused(refusal))
    if found is not None:
        return _page(patient_id, filled(form), found=found)
    flash("Done. What is left for a person is on the list of tasks.")
    return see_other("coordinator.moving", patient_id=patient_id)


def _done_or_shown(session: Session, patient_id: UUID, form: MoveForm) -> tuple[Consequence, ...] | None:
    """Return the list to show, or None once the move is done."""
    asked = {"patient_id": patient_id, "move": form.move(), "by": actor(), "now": now()}
    if not form.seen:
        queries.patient(session, patient_id).require_version(form.version)
        return preview_move(session, **asked)  # type: ignore[arg-type]
    relocate(session, **asked, seen=form.seen, version=form.version)  # type: ignore[arg-type]
    return None


@blueprint.post("/patients/<uuid:patient_id>/moving/<uuid:relocation_id>/withdraw")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def withdraw_moving(patient_id: UUID, relocation_id: UUID) -> ResponseReturnValue:
    """Take a planned move back, with its tasks."""
    return taken_back(
        patient_id,
        withdraw=partial(withdraw_move, relocation_id=relocation_id, by=actor(), now=now()),
        done="Taken back. The address stays as it is.",
        endpoint="coordinator.moving",
    )


def _page(
    patient_id: UUID,
    form: FormState,
    *,
    found: tuple[Consequence, ...] | None = None,
    is_stale: bool = False,
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        note_viewed(session, patient_id)
        standing = planned_move(session, patient_id)
        shown = replace(form, values={"state": patient.state, **form.values})
        page = render_template(
            "coordinator/handover/moving.html",
            patient=patient,
            form=shown,
            version=patient.version if is_stale else (form.value("version") or patient.version),
            found=found,
            seen=fingerprint(found) if found is not None else "",
            standing=standing,
            follows=read_back(standing.consequences) if standing else (),
            moves=moves_of(session, patient_id),
            where=where,
            today=in_zone(now(), patient.zone).date(),
            states=CHOICES,
            counties=county_groups(now()),
            zones=ZONES,
        )
    return page, shown.status
