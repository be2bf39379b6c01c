"""Loads calendars as epoch integers for the slot function; rows never become objects with dates in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.scheduling.errors import UnknownPatient, UnknownPhysician
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import limits
from clinic.scheduling.queries.limits import CountedCap
from clinic.scheduling.queries.physician_rules import PhysicianRules, rules_of
from clinic.scheduling.rules.availability import expand
from clinic.scheduling.rules.caps import full_stretches
from clinic.scheduling.rules.closures import Closure, stretches
from clinic.scheduling.rules.slots import PhysicianSide, SlotRequest, window_of
from clinic.scheduling.rules.states import OCCUPYING
from clinic.scheduling.rules.visits import Range

# Longer than any visit with its buffers: what starts earlier than this before a window cannot reach into it.
_REACH = timedelta(days=1)
_OCCUPYING = ", ".join(f"'{state}'" for state in sorted(OCCUPYING))
_BLOCKS = f"""
state in ({_OCCUPYING}) and starts_at between :begin and :end
and (state <> 'held' or hold_expires_at > :now)
and appointment.id <> all(cast(:ignored as uuid[]))
and not (state = 'held' and patient_id = :patient and coalesce(held_by = :held_by, false))
"""
# Touching stretches become one in the database, and each physician is one row: rows are what costs time here.
_PHYSICIANS_BUSY = text(
    f"""
    select physician_id, array(select extract(epoch from lower(stretch))::bigint from unnest(busy) as stretch),
           array(select extract(epoch from upper(stretch))::bigint from unnest(busy) as stretch)
    from (select physician_id, range_agg(physician_busy) as busy
          from appointment where physician_id = any(:physicians) and {_BLOCKS} group by physician_id) as taken
    """  # noqa: S608 - put together from constants
)
_PATIENT_BUSY = text(
    f"""
    select extract(epoch from lower(patient_period))::bigint, extract(epoch from upper(patient_period))::bigint
    from appointment where patient_id = :patient and {_BLOCKS}
    """  # noqa: S608 - put together from constants
)
_PATIENT = text(
    """
    select id, state, zone, county_fips, language, status, phone_id, is_fluid_restricted
    from patient where id = :patient
    """
)
_PHYSICIANS = text(
    """
    select id, full_name, zone from physician
    where is_active and (cast(:physicians as uuid[]) is null or id = any(cast(:physicians as uuid[])))
    order by full_name, id
    """
)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Appointments that neither block nor count: `moving` and `others`, and what `held_by` holds for this patient."""

    moving: UUID | None = None
    held_by: UUID | None = None
    others: tuple[UUID, ...] = ()

    @property
    def ids(self) -> list[UUID]:
        """Return the visits among them."""
        return [*(() if self.moving is None else (self.moving,)), *self.others]


NOTHING_IGNORED = Ignored()


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What booking needs to know of a patient."""

    id: UUID
    state: str
    zone: str
    county_fips: str
    language: str
    status: str
    phone_id: UUID
    is_fluid_restricted: bool


@dataclass(frozen=True, slots=True)
class PhysicianFacts:
    """What booking needs to know of a physician."""

    id: UUID
    name: str
    zone: str


def patient_facts(session: Session, patient_id: UUID) -> PatientFacts:
    """Return the patient's place, language and phone, or raise UnknownPatient."""
    row = session.execute(_PATIENT, {"patient": patient_id}).one_or_none()
    if row is None:
        raise UnknownPatient("There is no such patient. Look the patient up again.")
    return PatientFacts(*row)


def physicians(session: Session, ids: Collection[UUID] | None = None) -> list[PhysicianFacts]:
    """Return the named physicians who see patients, or all of them, by name."""
    named = None if ids is None else list(ids)
    return [PhysicianFacts(*row) for row in session.execute(_PHYSICIANS, {"physicians": named})]


def physician(session: Session, physician_id: UUID) -> PhysicianFacts:
    """Return one physician who sees patients, or raise UnknownPhysician."""
    for found in physicians(session, [physician_id]):
        return found
    raise UnknownPhysician("This physician does not see patients here. Choose another one.", field="physician_id")


def with_patient_busy(session: Session, request: SlotRequest, *, patient_id: UUID, ignored: Ignored) -> SlotRequest:
    """Return the request with the patient's own visits and unexpired holds in it."""
    rows = session.execute(_PATIENT_BUSY, _given(request, ignored=ignored, patient_id=patient_id))
    return replace(request, patient=replace(request.patient, busy=tuple((begin, end) for begin, end in rows)))


@dataclass(frozen=True, slots=True)
class Calendars:
    """What was loaded once for the days of a request: good for any of the kinds of visits that were named."""

    of: Sequence[PhysicianFacts]
    busy: Mapping[UUID, Sequence[Range]]
    rules: Mapping[UUID, PhysicianRules]
    closures: Sequence[Closure]
    caps: Mapping[UUID, Sequence[CountedCap]]

    def sides(self, request: SlotRequest, kind: str) -> list[PhysicianSide]:
        """Return the calendars as the slot function takes them for one kind of visit."""
        window, state = window_of(request), request.patient.state
        found = []
        for known in self.of:
            own = self.rules[known.id]
            openings = expand(own.hours, own.exceptions, zone=known.zone, window=window)
            caps = [(cap, counts) for on, cap, counts in self.caps.get(known.id, ()) if on in {None, kind}]
            found.append(
                PhysicianSide(
                    physician_id=known.id,
                    zone=known.zone,
                    open=openings.ranges,
                    busy=self.busy.get(known.id, ()),
                    licences=own.licences,
                    closures=stretches(self.closures, zone=known.zone, state=state, window=window),
                    full=full_stretches(caps, zone=known.zone, window=window),
                    closed=openings.closed,
                )
            )
        return found


def calendars(
    session: Session,
    request: SlotRequest,
    *,
    of: Sequence[PhysicianFacts],
    visits: Sequence[VisitType],
    patient_id: UUID,
    ignored: Ignored = NOTHING_IGNORED,
) -> Calendars:
    """Load the calendars of these physicians for the days of the request and these kinds of visits."""
    given = _given(request, ignored=ignored, patient_id=patient_id) | {"physicians": [known.id for known in of]}
    rules = rules_of(session, given, of=[known.id for known in of])
    caps = {one: set_.caps for one, set_ in rules.items()}
    return Calendars(
        of=of,
        busy=_busy(session, given),
        rules=rules,
        closures=limits.closures_between(session, given),
        caps=limits.caps_with_counts(session, given, caps=caps, visits=visits),
    )


def _given(request: SlotRequest, *, ignored: Ignored, patient_id: UUID) -> dict[str, object]:
    begin, end = (datetime.fromtimestamp(edge, UTC) for edge in window_of(request))
    return {
        "begin": begin - _REACH,
        "end": end + _REACH,
        "first_day": request.first_day - _REACH,
        "last_day": request.last_day + _REACH,
        "now": datetime.fromtimestamp(request.now, UTC),
        "state": request.patient.state,
        "patient": patient_id,
        "ignored": ignored.ids,
        "held_by": ignored.held_by,
    }


def _busy(session: Session, given: Mapping[str, object]) -> dict[UUID, list[Range]]:
    rows = session.execute(_PHYSICIANS_BUSY, given)
    return {physician_id: list(zip(begins, ends, strict=True)) for physician_id, begins, ends in rows}
