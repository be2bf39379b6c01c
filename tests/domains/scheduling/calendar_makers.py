"""Makes physicians with hours, patients and visits for tests, through the product's own actions."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.people import actions as people
from clinic.people.models import Patient, Physician
from clinic.people.rules import ConsentGiven, ConsentSource, NewLicence, NewPatient, NewPhysician, current_wording
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.purposes import VisitPurpose

RING = KeyRing((("t1", b"link key, also of 32 bytes only!"),))
LONG_AGO = date(2020, 1, 1)
FAR_AHEAD = date(2040, 12, 31)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

COORDINATOR = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dana Reyes", roles=frozenset({Role.COORDINATOR}))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of November 2026 (or December from day 31 on) by the New York clock."""
    return datetime(2026, 11, 1, 5, tzinfo=UTC) + timedelta(days=day - 1, hours=hour, minutes=minute)


def patient_actor(patient: Patient) -> Actor:
    return Actor(kind=ActorKind.PATIENT, id=patient.id, name="Patient")


@dataclass
class Clinic:
    """A session's worth of clinic: call its methods to fill it."""

    session: Session
    now: datetime = NOW
    by: Actor = COORDINATOR
    numbers: "count[int]" = field(default_factory=count)

    def visit_type(self, code: str = "follow_up", **changes: object) -> str:
        wanted = {
            "code": code,
            "name": "Follow-up",
            "name_es": "Seguimiento",
            "purpose": purpose_of(code),
            "patient_minutes": 30,
            "physician_segments": ((0, 30),),
            "min_notice_minutes": 120,
            "horizon_days": 60,
            "is_patient_bookable": True,
        } | changes
        new = actions.NewVisitType(**wanted)  # type: ignore[arg-type]
        return actions.save_visit_type(self.session, new=new, by=self.by, now=self.now).code

    def physician(
        self,
        name: str = "Dr. Amara Okafor",
        *,
        zone: str = "America/New_York",
        states: tuple[str, ...] = ("FL", "NJ"),
        opens: time = time(9),
        closes: time = time(17),
    ) -> Physician:
        physician = people.add_physician(
            self.session, new=NewPhysician(full_name=name, zone=zone), by=self.by, now=self.now
        )
        for state in states:
            licence = NewLicence(
                state=state, number=f"{state}{next(self.numbers):06}", valid_from=LONG_AGO, valid_until=FAR_AHEAD
            )
            people.add_licence(self.session, physician_id=physician.id, new=licence, by=self.by, now=self.now)
        actions.add_hours_on(
            self.session,
            physician_id=physician.id,
            weekdays=range(5),
            starts_at_local=opens,
            ends_at_local=closes,
            effective_from=LONG_AGO,
            effective_until=None,
            by=self.by,
            now=self.now,
        )
        return physician

    def patient(self, *, phone: str | None = None, agrees: bool = True, **changes: object) -> Patient:
        number = next(self.numbers)
        facts = {
            "legal_first_name": "Ana",
            "legal_last_name": f"Invented {_letters(number)}",
            "birth_date": date(1980, 1, 1) + timedelta(days=number),
            "phone": phone or f"+1{305 + number // 100}55501{number % 100:02}",
            "address_line": "12 Palm Way",
            "city": "Miami",
            "state": "FL",
            "postal_code": "33101",
            "county_fips": "12086",
            "language": "en",
        } | changes
        consent = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording("en").version)
        return people.add_patient(
            self.session,
            new=NewPatient(**facts),  # type: ignore[arg-type]
            consent=consent if agrees else None,
            by=self.by,
            now=self.now,
        )

    def hold(self, patient: Patient, physician: Physician, starts_at: datetime, **changes: object) -> Appointment:
        return actions.hold(self.session, **(self._wanted(patient, physician, starts_at) | changes))  # type: ignore[arg-type]

    def visit(self, patient: Patient, physician: Physician, starts_at: datetime, **changes: object) -> Appointment:
        wanted = self._wanted(patient, physician, starts_at) | changes
        return actions.book_now(self.session, ring=RING, **wanted)  # type: ignore[arg-type]

    def _wanted(self, patient: Patient, physician: Physician, starts_at: datetime) -> dict[str, object]:
        return {
            "visit_type_code": "follow_up",
            "patient_id": patient.id,
            "physician_id": physician.id,
            "starts_at": starts_at,
            "by": self.by,
            "now": self.now,
        }


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def purpose_of(code: str) -> VisitPurpose:
    """Return what a kind of visit is for by the name that tests give it."""
    if "session" in code:
        return VisitPurpose.SESSION
    return VisitPurpose.FOLLOW_UP if code == "follow_up" else VisitPurpose.CONSULTATION
