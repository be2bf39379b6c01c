"""The protocols that plans are made with: the list in plain sentences, and whether new plans may follow one."""

from collections.abc import Callable
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.treatment import actions, queries
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.protocols.boxes import grouped
from clinic.web.physician.protocols.history import protocol_row
from clinic.web.physician.protocols.sentences import sentences


@blueprint.get("/physician/protocols")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def protocols() -> str:
    """List the protocols, those that are not offered any more last."""
    with runtime().begin(by=actor()) as session:
        rows = queries.protocols(session)
    said = {row.id: sentences(row.protocol) for row in rows}
    return render_template("physician/protocols/index.html", rows=rows, said=said, groups=grouped())


class Why(FormModel):
    """Why a protocol is offered no more, or again."""

    reason: Annotated[Line, Field(max_length=300)]

    words: ClassVar[dict[str, str]] = {
        "reason": "Say in a few words why.",
        "reason.long": "This is too long. Use at most 300 characters.",
    }


@blueprint.get("/physician/protocols/<uuid:protocol_id>/offer")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def ask_offer(protocol_id: UUID) -> ResponseReturnValue:
    """Ask why a protocol is to be offered no more, or again."""
    return _ask(protocol_id, blank_form())


@blueprint.post("/physician/protocols/<uuid:protocol_id>/retire")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def retire_protocol(protocol_id: UUID) -> ResponseReturnValue:
    """Offer a protocol for new plans no more; plans that follow it go on."""
    return _offer(protocol_id, actions.retire_protocol, "Not offered for new plans any more.")


@blueprint.post("/physician/protocols/<uuid:protocol_id>/bring-back")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def bring_back_protocol(protocol_id: UUID) -> ResponseReturnValue:
    """Offer a retired protocol for new plans again."""
    return _offer(protocol_id, actions.bring_back_protocol, "Offered for new plans again.")


def _offer(protocol_id: UUID, change: Callable[..., object], done: str) -> ResponseReturnValue:
    form = read_form(Why)
    if isinstance(form, FormErrors):
        return _ask(protocol_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            change(session, protocol_id=protocol_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _ask(protocol_id, form.refused(refusal))
    flash(done)
    return see_other("physician.protocols")


def _ask(protocol_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = protocol_row(session, protocol_id)
    return render_template("physician/protocols/offer.html", row=row, form=form), form.status
