"""The text about a parcel once more, for whom the link in the first one is locked or lost."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.medication.actions.announcing import tell_again
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


@blueprint.post("/deliveries/<uuid:shipment_id>/text")
@policy.staff(Role.COORDINATOR)
def text_parcel(shipment_id: UUID) -> ResponseReturnValue:
    """Text the patient again; a link that was locked gets another token, and its task is done."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        is_sent = tell_again(session, shipment_id=shipment_id, ring=runtime().link_ring, by=actor(), now=now())
    if is_sent:
        flash("The text is on its way once more, with a link that works.")
    else:
        flash("There is nothing to text about this parcel now. Tell the patient by telephone.", "error")
    return see_other("coordinator.parcel", shipment_id=shipment_id)
