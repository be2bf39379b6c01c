"""What the gate looks at, gathered for many patients in a fixed number of statements."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.models import Fill
from clinic.medication.queries import supplied
from clinic.medication.queries.fills import released_in
from clinic.medication.queries.gate_facts import (
    Ordered,
    Person,
    last_looks,
    orders_that_count,
    persons,
    visits_around,
)
from clinic.medication.queries.ledger import on_hand_and_recalled
from clinic.medication.queries.lots import lots_of_fills
from clinic.medication.queries.pharmacies import licensed
from clinic.medication.queries.registrations import registered
from clinic.medication.rules.gate import GateInputs, GatePolicy, LastCount, PrescriberFacts
from clinic.medication.rules.gate_inputs import PdmpFacts
from clinic.medication.rules.units import LotFacts
from clinic.monitoring.queries.check_ins import HoldReason, refill_holds
from clinic.monitoring.queries.flags import flag_counts
from clinic.monitoring.rules.signals import Level
from clinic.people.queries import licences_by_physician
from clinic.people.queries.allowances import allowances
from clinic.people.rules import STATES
from clinic.people.rules.allowances import Allowance
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.rules.legal import LegalVisit, Uncovered, cited, ended_before, uncovered

_A_DAY = timedelta(days=1)
_KEYS = {
    "most_units_on_hand": PolicyKey.MOST_UNITS_ON_HAND,
    "pdmp_valid_days": PolicyKey.PDMP_VALID_DAYS,
    "refill_early_days": PolicyKey.REFILL_EARLY_DAYS,
    "visit_days": PolicyKey.ORDER_VISIT_DAYS,
    "address_confirmed_days": PolicyKey.ADDRESS_CONFIRMED_DAYS,
    "count_valid_days": PolicyKey.COUNT_VALID_DAYS,
    "beyond_use_margin_days": PolicyKey.BEYOND_USE_MARGIN_DAYS,
}


@dataclass(slots=True, kw_only=True)
class _Known:
    """What the domains know of some patients, by patient unless said otherwise; what is absent is not known."""

    now: datetime
    today: Mapping[str, date]
    fills: Mapping[UUID, Fill]
    orders: Mapping[UUID, Ordered]
    law: Callable[[str, date, date | None], tuple[Uncovered | None, str | None]]
    prescriber: Callable[[UUID, str, date], PrescriberFacts]
    pharmacies: Mapping[date, set[tuple[UUID, str]]]
    checks: Mapping[UUID, PdmpFacts]
    visits: Mapping[UUID, datetime]
    sessions: Mapping[UUID, datetime]
    flags: Mapping[UUID, Mapping[int, int]]
    overdue: Mapping[UUID, tuple[HoldReason, ...]]
    supplies: Mapping[UUID, supplied.LastSupply]
    on_hand: Mapping[UUID, int]
    recalled: Mapping[UUID, int]
    counts: Mapping[UUID, LastCount]
    disputes: Mapping[UUID, int]
    parcels: Mapping[UUID, frozenset[UUID]]
    doors: Mapping[UUID, supplied.Door]
    allowances: Mapping[UUID, Allowance]
    released: Mapping[UUID, int]
    lots: Mapping[UUID, tuple[LotFacts, ...]] = field(default_factory=dict)


def gate_policy(session: Session) -> GatePolicy:
    """Return the clinic's thresholds as they are now."""
    values = numbers_of(session, list(_KEYS.values()))
    return GatePolicy(**{name: values[key] for name, key in _KEYS.items()})


def gate_inputs(
    session: Session, patient_ids: Collection[UUID], *, now: datetime, fills: Collection[Fill] = ()
) -> dict[UUID, GateInputs]:
    """Return what the gate looks at for each of these patients; `fills` are those that it decides about, if any."""
    found = persons(session, patient_ids)
    known = _gathered(session, found, {each.patient_id: each for each in fills}, now=now)
    return {person.id: _inputs(person, known) for person in found}


def _gathered(session: Session, found: list[Person], fills: Mapping[UUID, Fill], *, now: datetime) -> _Known:
    ids = [person.id for person in found]
    zones = {person.id: person.zone for person in found}
    orders = orders_that_count(session, ids, fills)
    today = {zone: in_zone(now, zone).date() for zone in set(zones.values())}
    days = set(today.values())
    physicians = {order.facts.physician_id for order in orders.values()}
    physicians |= {person.physician_id for person in found if person.physician_id}
    pharmacies = {order.pharmacy_id for order in orders.values()}
    allowed = allowances(session, ids, now=now)
    windows = {key: each.window for key, each in allowed.items() if each.window is not None}
    visits, sessions = visits_around(session, ids, now=now)
    on_hand, recalled = on_hand_and_recalled(session, ids)
    return _Known(
        now=now,
        today=today,
        fills=fills,
        orders=orders,
        law=_law(session),
        prescriber=_prescribers(session, physicians, days),
        pharmacies={day: licensed(session, pharmacies, on=day) for day in days},
        checks=last_looks(session, ids),
        visits=visits,
        sessions=sessions,
        flags=flag_counts(session, ids),
        overdue=refill_holds(session, ids, now),
        supplies=supplied.last_supplies(session, zones),
        on_hand=on_hand,
        recalled=recalled,
        counts=supplied.last_counts(session, ids),
        disputes=supplied.open_disputes(session, ids),
        parcels=supplied.parcels_under_way(session, ids),
        doors=supplied.doors(session, ids),
        allowances=allowed,
        released=released_in(session, windows, but=[fill.id for fill in fills.values()]),
        lots=lots_of_fills(session, [fill.id for fill in fills.values()]) if fills else {},
    )


def _law(session: Session) -> Callable[[str, date, date | None], tuple[Uncovered | None, str | None]]:
    """Return what visits in a state on a day lack, after an exam on a day, and which rule ended before that.

    Each combination is looked at once.
    """
    bases = legal_bases(session)

    @cache
    def looked_at(state: str, day: date, exam_on: date | None) -> tuple[Uncovered | None, str | None]:
        lacking = uncovered(bases, LegalVisit(state, day), exam_on=exam_on)
        ended = ended_before(bases, lacking) if lacking else None
        return lacking, cited(ended) if ended else None

    return looked_at


def _prescribers(
    session: Session, physicians: Collection[UUID], days: Collection[date]
) -> Callable[[UUID, str, date], PrescriberFacts]:
    """Return what one of these physicians holds in a state on one of these days; each is looked at once."""
    licenses = licences_by_physician(session, physicians)
    held = {day: registered(session, physicians, on=day) for day in days}
    return cache(
        lambda physician_id, state, today: PrescriberFacts(
            has_license=any(
                each.state == state and each.valid_from <= today <= each.valid_until for each in licenses[physician_id]
            ),
            has_dea=(physician_id, "dea", state) in held[today],
            has_cds=(physician_id, "cds", state) in held[today],
        )
    )


def _inputs(person: Person, known: _Known) -> GateInputs:
    patient_id, state, today = person.id, person.state, known.today[person.zone]
    fill, order = known.fills.get(patient_id), known.orders.get(patient_id)
    lacking, last_basis = known.law(state, today, person.exam_on)
    prescriber_id = order.facts.physician_id if order else person.physician_id
    visit, session_at = known.visits.get(patient_id), known.sessions.get(patient_id)
    supply, door, allowed = known.supplies.get(patient_id), known.doors.get(patient_id), known.allowances[patient_id]
    return GateInputs(
        patient_id=patient_id,
        at=known.now,
        today=today,
        state=state,
        is_active=person.is_active,
        phase=person.phase,
        order=order.facts if order else None,
        prescriber=known.prescriber(prescriber_id, state, today) if prescriber_id else None,
        has_pharmacy_license=(order.pharmacy_id, state) in known.pharmacies[today] if order else None,
        is_covered=lacking is None,
        covered_until=lacking.since - _A_DAY if lacking and lacking.since else None,
        last_basis=last_basis,
        pdmp=known.checks.get(patient_id),
        last_visit_on=in_zone(visit, person.zone).date() if visit else None,
        holds=sum(count for level, count in known.flags.get(patient_id, {}).items() if level >= Level.HOLD),
        overdue_check_ins=tuple(each.instrument_key for each in known.overdue.get(patient_id, ())),
        is_paid=allowed.is_open,
        shipments_left=_left(allowed.most_shipments, known.released.get(patient_id, 0)),
        fill_units=fill.units if fill else None,
        last_supplied_on=supply.on if supply else None,
        last_days_supply=supply.days if supply else None,
        expected_on_hand=known.on_hand.get(patient_id, 0),
        last_count=known.counts.get(patient_id),
        recalled_on_hand=known.recalled.get(patient_id, 0),
        open_disputes=known.disputes.get(patient_id, 0),
        parcels_under_way=len(known.parcels.get(patient_id, frozenset()) - ({fill.id} if fill else set())),
        address_confirmed_on=door.confirmed_on if door else None,
        is_address_served=state in STATES,
        is_adult_available=door.is_adult_available if door else None,
        lots=known.lots.get(fill.id, ()) if fill else (),
        next_session_on=in_zone(session_at, person.zone).date() if session_at else None,
    )


def _left(most: int | None, released: int) -> int | None:
    return None if most is None else most - released
