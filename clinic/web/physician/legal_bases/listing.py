"""What the law lets be done by telemedicine, until when, and which booked visits and orders lie past that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from flask import render_template
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.medication.queries.legal_ends import OrderPastEnd, orders_past_end
from clinic.people.rules import STATES
from clinic.treatment.queries.legal import AffectedVisit, affected_by_end, ends_ahead, legal_bases
from clinic.treatment.rules.legal import Basis, days_left
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.protocols.affected import own_patients
from clinic.web.physician.protocols.sentences import counted

Affected = TypeVar("Affected", AffectedVisit, OrderPastEnd)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisLine:
    """A basis with whether it holds today, as glyph, word and tone, and how long it still does, in words."""

    basis: Basis
    state: str
    chip: tuple[str, str, str]
    left: str


@blueprint.get("/physician/legal-bases", endpoint="legal_bases")
@policy.staff(Role.PHYSICIAN, Role.ADMIN, audit="patients.listed")
def legal_bases_page() -> str:
    """List the bases, warn of ends with nothing after them, and name own patients with visits or orders past one."""
    today = in_zone(now(), runtime().clinic.zone).date()
    with runtime().begin(by=actor()) as session:
        lines = [basis_line(basis, today) for basis in legal_bases(session)]
        ends = [end for end in ends_ahead(session, now=now()) if end.is_warning or end.visits]
        affected = affected_by_end(session, now=now())
        orders = orders_past_end(session, now=now())
        own, own_orders = _own(session, affected), _own(session, orders)
    return render_template(
        "physician/legal_bases/index.html",
        lines=lines,
        ends=ends,
        own=own,
        others=len(affected) - len(own),
        own_orders=own_orders,
        other_orders=len(orders) - len(own_orders),
        patients=len({each.patient_id for each in affected} | {each.patient_id for each in orders}),
    )


def basis_line(basis: Basis, today: date) -> BasisLine:
    """Return a basis as the list shows it."""
    return BasisLine(
        basis=basis,
        state=STATES[basis.state] if basis.state else "Every state",
        chip=_chip(basis, today),
        left=_left(basis, today),
    )


def _chip(basis: Basis, today: date) -> tuple[str, str, str]:
    if basis.valid_from > today:
        return "Not yet", "neutral", "○"
    return ("In force", "good", "✓") if basis.holds_on(today) else ("Over", "neutral", "\u00d7")


def _left(basis: Basis, today: date) -> str:
    left = days_left(basis, today)
    if left is None:
        return "No end"
    if basis.valid_from > today:
        return f"Begins in {counted((basis.valid_from - today).days, 'day')}"
    return f"{counted(left, 'day')} left" if left else "Over"


def _own(session: Session, affected: Sequence[Affected]) -> list[Affected]:
    """Return what is of the reader's own patients, and note whose names the reader sees."""
    mine = own_patients(session) if affected else set()
    own = [each for each in affected if each.patient_id in mine]
    if own:
        seen = tuple({each.patient_id for each in own})
        journal.note(session, "patients.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return own
