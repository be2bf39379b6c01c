"""What the board's script is told when the server says no: the reason, what changed, and other times."""

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError
from clinic.scheduling import queries
from clinic.scheduling.errors import NoSlot, VisitChanged
from clinic.scheduling.queries import OfferedSlot
from clinic.web.frame.display import same_wall_time, when
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors
from clinic.web.frame.requests import actor, runtime
from clinic.web.frame.telling import told
from clinic.web.visit_words import changed_sentence


def refused(refusal: DomainError, *, overbook: str | None = None) -> ResponseReturnValue:
    """Return the reason with up to three other times, each with what the script sends to take it.

    `overbook` says what taking the time all the same would pass over; None where that is not possible.
    """
    with runtime().begin(by=actor()) as session:
        others = others_of(session, refusal)
    body = {"code": refusal.code, "detail": reason_of(refusal), "others": others, "overbook": overbook}
    return jsonify(body), status_of(refusal)


def reason_of(refusal: DomainError) -> str:
    """Return the sentence of a refusal, for a colleague's change with what was changed."""
    if isinstance(refusal, VisitChanged):
        return changed_sentence(refusal, runtime().clinic.zone)
    return told(refusal)


def others_of(session: Session, refusal: DomainError | None) -> list[dict[str, str]]:
    """Return the other times that a refusal names."""
    found = refusal.alternatives if isinstance(refusal, NoSlot) else ()
    return [_other(slot) for slot in queries.named(session, found)]


def unusable(form: FormErrors) -> ResponseReturnValue:
    """Return what is wrong with the boxes, in one sentence for each."""
    sentences = [*form.errors.values(), *form.problems]
    body: dict[str, object] = {"code": "invalid", "detail": " ".join(sentences), "others": [], "overbook": None}
    return jsonify(body), form.status


def _other(slot: OfferedSlot) -> dict[str, str]:
    zone = runtime().clinic.zone
    there = "" if same_wall_time(slot.starts_at, zone, slot.physician_zone) else f" ({_own(slot)})"
    return {
        "physician": str(slot.physician_id),
        "starts_at": slot.starts_at.isoformat(),
        "words": f"{when(slot.starts_at, zone)}{there}, {slot.physician_name}",
    }


def _own(slot: OfferedSlot) -> str:
    return when(slot.starts_at, slot.physician_zone, "clock")
