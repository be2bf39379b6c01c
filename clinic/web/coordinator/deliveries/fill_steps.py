"""Writing down by hand what a pharmacy says of a fill, giving it to the carrier, and canceling it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.medication.actions.fills import cancel_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.errors import UnitsRefused
from clinic.medication.rules.fills import FillState
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.deliveries.fills import CANCELING, HANDING, STEP, fill_page
from clinic.web.coordinator.deliveries.words import FILL_WORDS
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, IsoDate, Line, Note, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_PLACES = (1, 2, 3)
_LotNumber = Annotated[Line, Field(max_length=60)]
_Words = Annotated[Note, Field(max_length=1000)]
_Units = Annotated[WholeNumber, Field(ge=1, le=500)]


class StepForm(FormModel):
    """What the pharmacy said; the boxes of lots count for the step that names them only."""

    state: FillState
    reason: _Words = ""
    reference: Annotated[Line, Field(max_length=60)] = ""
    number_1: _LotNumber = ""
    compounded_on_1: IsoDate | None = None
    beyond_use_on_1: IsoDate | None = None
    units_1: _Units | None = None
    number_2: _LotNumber = ""
    compounded_on_2: IsoDate | None = None
    beyond_use_on_2: IsoDate | None = None
    units_2: _Units | None = None
    number_3: _LotNumber = ""
    compounded_on_3: IsoDate | None = None
    beyond_use_on_3: IsoDate | None = None
    units_3: _Units | None = None

    words: ClassVar[dict[str, str]] = {
        "state": "Choose what the pharmacy said.",
        **{f"compounded_on_{place}": "Enter the day on which the lot was made." for place in _PLACES},
        **{f"beyond_use_on_{place}": "Enter the day until which the lot may be used." for place in _PLACES},
        **{f"units_{place}": "Enter how many units of this lot are in it." for place in _PLACES},
        **{f"number_{place}.long": "Use at most 60 characters." for place in _PLACES},
    }

    def told(self) -> Told:
        """Return what the pharmacy said as the domain takes it; raises UnitsRefused for half a lot."""
        lots = tuple(self._lots()) if self.state is FillState.VERIFIED else ()
        return Told(state=self.state, lots=lots, reason=self.reason, reference=self.reference or None)

    def _lots(self) -> Iterator[LotUnits]:
        for place in _PLACES:
            names = ("number", "compounded_on", "beyond_use_on", "units")
            typed = {name: getattr(self, f"{name}_{place}") for name in names}
            if all(typed.values()):
                yield LotUnits(**typed)
            elif any(typed.values()):
                raise UnitsRefused(
                    f"Lot {place} is half filled in. Enter its number, both days and the units, or empty its boxes.",
                    field="lots",
                )


class HandOverForm(FormModel):
    """What stands on the parcel's label."""

    carrier: Line
    tracking_number: Annotated[Line, Field(max_length=60)]
    expected_on: IsoDate

    words: ClassVar[dict[str, str]] = {
        "carrier": "Choose the carrier.",
        "tracking_number": "Enter the tracking number from the label.",
        "expected_on": "Enter the day on which the carrier means to deliver; the patient\u2019s text names it.",
    }

    def label(self) -> Label:
        """Return the label, of a parcel that is followed as the clinic follows new ones."""
        return Label(
            carrier=self.carrier,
            tracking_number=self.tracking_number,
            expected_on=self.expected_on,
            channel=runtime().supplying.carrier_channel,
        )


class CancelForm(FormModel):
    """Why a fill is canceled."""

    reason: _Words

    words: ClassVar[dict[str, str]] = {"reason": "Write why it is canceled."}


@blueprint.post("/deliveries/fills/<uuid:fill_id>/step")
@policy.staff(Role.COORDINATOR, audit="fill.viewed")
def tell_fill(fill_id: UUID) -> ResponseReturnValue:
    """Write down what the pharmacy said."""
    form = read_form(StepForm)
    if isinstance(form, FormErrors):
        return fill_page(fill_id, STEP, form)
    try:
        with runtime().begin(by=actor()) as session:
            record_pharmacy_step(session, fill_id=fill_id, told=form.told(), by=actor(), now=now())
    except DomainError as refusal:
        return fill_page(fill_id, STEP, form.refused(refusal))
    flash(f"Written down: {FILL_WORDS[form.state].lower()}.")
    return see_other("coordinator.fill", fill_id=fill_id)


@blueprint.post("/deliveries/fills/<uuid:fill_id>/hand-over")
@policy.staff(Role.COORDINATOR, audit="fill.viewed")
def hand_over_fill(fill_id: UUID) -> ResponseReturnValue:
    """Give the fill to the carrier if nothing speaks against it now; else the page says what does."""
    form = read_form(HandOverForm)
    if isinstance(form, FormErrors):
        return fill_page(fill_id, HANDING, form)
    try:
        with runtime().begin(by=actor()) as session:
            parcel = hand_over(session, fill_id=fill_id, label=form.label(), by=actor(), now=now()).shipment
            shipment_id = parcel.id if parcel else None
    except DomainError as refusal:
        return fill_page(fill_id, HANDING, form.refused(refusal))
    if shipment_id is None:
        flash("It does not go out yet. Keep the parcel; what it waits for stands on this page.")
        return see_other("coordinator.fill", fill_id=fill_id)
    flash("Handed over. The parcel is followed from now on.")
    return see_other("coordinator.parcel", shipment_id=shipment_id)


@blueprint.post("/deliveries/fills/<uuid:fill_id>/cancel")
@policy.staff(Role.COORDINATOR, audit="fill.viewed")
def cancel_filling(fill_id: UUID) -> ResponseReturnValue:
    """Cancel a fill that is not packed yet."""
    form = read_form(CancelForm)
    if isinstance(form, FormErrors):
        return fill_page(fill_id, CANCELING, form)
    try:
        with runtime().begin(by=actor()) as session:
            cancel_fill(session, fill_id=fill_id, reason=form.reason, by=actor(), now=now())
    except DomainError as refusal:
        return fill_page(fill_id, CANCELING, form.refused(refusal))
    flash("Canceled. Call the pharmacy if it had the fill already.")
    return see_other("coordinator.fill", fill_id=fill_id)
