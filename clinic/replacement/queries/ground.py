"""What new places are looked for on: everybody's calendars, loaded once for all visits of an absence."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.kernel.localtime import local_day
from clinic.people.models import CareTeamMember
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.replacement.models import Replacement
from clinic.replacement.rules.states import BatchState
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import calendar, visit_types
from clinic.scheduling.queries.calendar import Calendars, Ignored, PatientFacts, PhysicianFacts
from clinic.scheduling.queries.course import cap_rooms
from clinic.scheduling.queries.slots import Wish
from clinic.scheduling.queries.there import aways
from clinic.scheduling.queries.visits import VisitRow
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import PhysicianSide, SlotRequest
from clinic.scheduling.rules.visits import Range
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plans_by_patient, progress_of, rules_of_plans
from clinic.treatment.queries.candidates import CourseFacts
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.one_move import OneMove
from clinic.treatment.queries.rooms import Rooms, small_rooms
from clinic.treatment.rules.legal import Basis
from clinic.treatment.rules.planning import day_of

SESSION_REACH = timedelta(days=35)
"""A session is looked for so far from its old date at most; within that the rules of its program decide."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One visit with all that its new place is judged by; a visit that is no session of a plan has no `course`.

    `there` is the patient where he or she said to be on the visit's own day, None at home.
    """

    row: VisitRow
    kind: VisitType
    wish: Wish
    course: CourseFacts | None
    judge: OneMove | None
    known: Collection[UUID]
    exam_on: date | None
    there: PatientFacts | None = None

    @property
    def on_its_day(self) -> "Case":
        """Return the visit with its patient where that one said to be on its day."""
        return self if self.there is None else replace(self, wish=replace(self.wish, patient=self.there))

    @property
    def patient(self) -> PatientFacts:
        """Return the patient as known now."""
        return self.wish.patient

    @property
    def is_session(self) -> bool:
        """Tell whether the program of a plan decides about the visit's date."""
        return self.judge is not None

    @property
    def old_start(self) -> int:
        """Return when the visit was to begin, in epoch seconds."""
        return int(self.row.starts_at.timestamp())

    @property
    def old_day(self) -> date:
        """Return the patient's day of the visit."""
        return local_day(self.old_start, self.patient.zone)


@dataclass(slots=True, kw_only=True)
class Ground:
    """Calendars of all physicians by the patient's state, who is out when, and the cases of an absence."""

    session: Session
    now: datetime
    physicians: Sequence[PhysicianFacts]
    out: Mapping[UUID, Sequence[Range]]
    window: timedelta
    bases: Sequence[Basis]
    days: tuple[date, date]
    crowd: int
    kinds: Mapping[str, VisitType]
    moving: tuple[UUID, ...]
    cases: dict[UUID, Case] = field(default_factory=dict)
    _calendars: dict[str, Calendars] = field(default_factory=dict)
    _sides: dict[tuple[str, str, str], list[PhysicianSide]] = field(default_factory=dict)
    _rooms: dict[tuple[str, str], Mapping[UUID, Sequence[Rooms]]] = field(default_factory=dict)
    _busy: Counter[tuple[UUID, int]] | None = None

    def request(self, case: Case, *, ignore_notice: bool = False) -> SlotRequest:
        """Return the question for one visit over all days; the patient's other visits block, this one does not."""
        asked = replace(case.wish, ignore_notice=ignore_notice).request(*self.days)
        ignored = Ignored(moving=case.row.id)
        return calendar.with_patient_busy(self.session, asked, patient_id=case.patient.id, ignored=ignored)

    def sides(self, case: Case, request: SlotRequest) -> list[PhysicianSide]:
        """Return every physician's calendar for the visit; who is out is busy then."""
        key = case.patient.state, case.patient.zone, case.kind.code
        if key not in self._sides:
            loaded = self._loaded(request).sides(request, case.kind.code)
            self._sides[key] = [self._with_absence(side) for side in loaded]
        return self._sides[key]

    def rooms(self, case: Case, request: SlotRequest) -> Mapping[UUID, Sequence[Rooms]]:
        """Return where caps have fewer places left than there are visits to place."""
        key = case.patient.state, case.kind.code
        if key not in self._rooms:
            caps = tuple(cap_rooms(self._loaded(request), request))
            self._rooms[key] = small_rooms(caps, case.kind.code, visits=self.crowd)
        return self._rooms[key]

    def busy_minutes(self, physician_id: UUID, day: int) -> int:
        """Return how long a physician is engaged on a day, an ordinal of his or her own calendar."""
        if self._busy is None:
            zones = {each.id: each.zone for each in self.physicians}
            self._busy = Counter()
            for one, ranges in next(iter(self._calendars.values())).busy.items():
                for begin, end in ranges:
                    self._busy[one, day_of(begin, zones[one])] += (end - begin) // 60
        return self._busy[physician_id, day]

    def zone_of(self, physician_id: UUID) -> str:
        """Return where a physician works."""
        return next(each.zone for each in self.physicians if each.id == physician_id)

    def _with_absence(self, side: PhysicianSide) -> PhysicianSide:
        away = self.out.get(side.physician_id)
        return replace(side, busy=[*side.busy, *away]) if away else side

    def _loaded(self, request: SlotRequest) -> Calendars:
        state = request.patient.state
        if state not in self._calendars:
            self._calendars[state] = calendar.calendars(
                self.session,
                request,
                of=self.physicians,
                visits=list(self.kinds.values()),
                patient_id=new_id(),  # Nobody: holds of patients block each other's times.
                ignored=Ignored(others=self.moving),
            )
        return self._calendars[state]


def ground_for(session: Session, rows: Sequence[VisitRow], *, now: datetime, crowd: int | None = None) -> Ground:
    """Load what new places for these visits are looked for on; their own times are in nobody's way."""
    session.flush()  # The calendar is read by plain statements, which would not see what is only in the session.
    kinds = {kind.code: kind for kind in visit_types(session, only_active=False)}
    window = timedelta(days=number(session, PolicyKey.REPLACEMENT_WINDOW_DAYS))
    ground = Ground(
        session=session,
        now=now,
        physicians=calendar.physicians(session),
        out=absences(session, now=now),
        window=window,
        bases=legal_bases(session),
        days=_days(rows, reach=max(SESSION_REACH, 2 * window), now=now),
        crowd=crowd or len(rows),
        kinds={code: kinds[code] for code in {row.visit_type_code for row in rows}},
        moving=tuple(row.id for row in rows),
    )
    ground.cases.update({case.row.id: case for case in _cases(session, rows, ground)})
    return ground


def absences(session: Session, *, now: datetime) -> dict[UUID, list[Range]]:
    """Return when physicians are out by every open list, in epoch seconds."""
    row = Replacement
    rows = session.execute(
        select(row.physician_id, row.starts_at, row.ends_at).where(row.state == BatchState.OPEN, row.ends_at > now)
    )
    found: dict[UUID, list[Range]] = {}
    for physician_id, begin, end in rows:
        found.setdefault(physician_id, []).append((int(begin.timestamp()), int(end.timestamp())))
    return found


def _days(rows: Sequence[VisitRow], *, reach: timedelta, now: datetime) -> tuple[date, date]:
    today = now.astimezone(UTC).date() - _A_DAY
    days = [row.starts_at.astimezone(UTC).date() for row in rows] or [today]
    return max(today, min(days) - reach), max(days) + reach


def _cases(session: Session, rows: Sequence[VisitRow], ground: Ground) -> Iterable[Case]:
    patients = {row.patient_id: calendar.patient_facts(session, row.patient_id) for row in rows}
    courses = _courses(session, patients, now=ground.now)
    judges = {one: OneMove(course) for one, course in courses.items()}
    known = _who_knows(session, patients, courses, now=ground.now)
    said = aways(session, {row.id: patients[row.patient_id] for row in rows})
    for row in rows:
        kind, course = ground.kinds[row.visit_type_code], courses.get(row.patient_id)
        judge = judges.get(row.patient_id)
        is_session = kind.purpose == VisitPurpose.SESSION and judge is not None
        yield Case(
            row=row,
            kind=kind,
            wish=Wish(kind, patients[row.patient_id], now=ground.now),
            course=course,
            judge=judge if is_session else None,
            known=known[row.patient_id],
            exam_on=course.plan.in_person_exam_on if course else None,
            there=said[row.id][0] if row.id in said else None,
        )


def _courses(session: Session, patients: Mapping[UUID, PatientFacts], *, now: datetime) -> dict[UUID, CourseFacts]:
    plans: Mapping[UUID, TreatmentPlan] = plans_by_patient(session, list(patients))
    rules = rules_of_plans(session, list(plans.values()))
    how_far = progress_of(session, list(plans.values()), now=now) if plans else {}
    return {
        one: CourseFacts(plan=plan, protocol=rules[plan.id], progress=how_far[plan.id], patient=patients[one], now=now)
        for one, plan in plans.items()
    }


def _who_knows(
    session: Session, patients: Collection[UUID], courses: Mapping[UUID, CourseFacts], *, now: datetime
) -> dict[UUID, set[UUID]]:
    """Return by patient the physicians of the care team and of the plan; who covers for them is in the team."""
    known: dict[UUID, set[UUID]] = {one: set() for one in patients}
    row = CareTeamMember
    is_in_force = (row.starts_at <= now) & (row.ends_at.is_(None) | (row.ends_at > now))
    for patient_id, physician_id in session.execute(
        select(row.patient_id, row.physician_id).where(row.patient_id.in_(list(patients)), is_in_force)
    ):
        known[patient_id].add(physician_id)
    for one, course in courses.items():
        known[one].add(course.plan.physician_id)
    return known
