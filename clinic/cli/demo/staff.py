"""The demo clinic's staff, physicians, licences, hours and visit types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.rules.hashing import Hasher
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.localtime import edge_instant
from clinic.people import actions as people
from clinic.people.rules import NewLicence, NewPhysician
from clinic.scheduling import actions as scheduling
from clinic.scheduling.actions import NewVisitType
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.purposes import VisitPurpose

PASSWORD = "quiet harbor morning"  # noqa: S105 - the demo's, shown in the terminal and on no real patient's clinic


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in to the demo."""

    role: Role
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """A demo physician: licences as (state, days until the end), hours as (weekdays, from, to) in the own zone."""

    person: Person
    credential: str
    zone: str
    licences: tuple[tuple[str, int], ...]
    hours: tuple[tuple[tuple[int, ...], time, time], ...]


ADMIN = Person(Role.ADMIN, "Morgan Ellery", "admin@example.org")
COORDINATORS = (
    Person(Role.COORDINATOR, "Dana Reyes", "dana@example.org"),
    Person(Role.COORDINATOR, "Sam Whitfield", "sam@example.org"),
)
DOCTORS = (
    Doctor(
        Person(Role.PHYSICIAN, "Amara Okafor", "okafor@example.org"),
        "MD",
        "America/New_York",
        (("FL", 500), ("NJ", 420)),
        (((0, 1, 2, 3), time(9), time(12)), ((0, 1, 2, 3), time(13), time(17))),
    ),
    Doctor(
        Person(Role.PHYSICIAN, "Luis Herrera", "herrera@example.org"),
        "DO",
        "America/Chicago",
        (("FL", 24),),
        (((0, 2, 4), time(8), time(16)), ((6,), time(12), time(16))),
    ),
    Doctor(
        Person(Role.PHYSICIAN, "Priya Raman", "raman@example.org"),
        "MD",
        "America/New_York",
        (("NJ", 300),),
        (((1, 2, 3, 4), time(11), time(19)), ((5,), time(10), time(14))),
    ),
)
SIGN_INS = [
    ("Coordinator", COORDINATORS[0].email, PASSWORD),
    ("Physician", DOCTORS[0].person.email, PASSWORD),
    ("Admin", ADMIN.email, PASSWORD),
]
VISIT_TYPES = (
    NewVisitType(
        code="initial_consultation",
        name="Initial consultation",
        name_es="Consulta inicial",
        patient_minutes=30,
        physician_segments=((0, 30),),
        buffer_after_minutes=5,
        is_patient_bookable=True,
        position=1,
    ),
    NewVisitType(
        code="follow_up",
        name="Follow-up",
        name_es="Seguimiento",
        purpose=VisitPurpose.FOLLOW_UP,
        patient_minutes=20,
        physician_segments=((0, 20),),
        buffer_after_minutes=5,
        is_patient_bookable=True,
        horizon_days=120,
        position=2,
    ),
    NewVisitType(
        code="induction_session",
        name="Induction session",
        name_es="Sesión de inducción",
        purpose=VisitPurpose.SESSION,
        patient_minutes=150,
        physician_segments=((0, 25), (135, 15)),
        buffer_after_minutes=5,
        min_notice_minutes=24 * 60,
        horizon_days=120,
        position=3,
    ),
    NewVisitType(
        code="touch_up_session",
        name="Touch-up session",
        name_es="Sesión de refuerzo",
        purpose=VisitPurpose.SESSION,
        patient_minutes=120,
        physician_segments=((0, 20), (105, 15)),
        buffer_after_minutes=5,
        min_notice_minutes=24 * 60,
        horizon_days=120,
        position=4,
    ),
)


OPENING = time(9)
_EXTRA_HOURS = (time(10), time(16))


@dataclass(frozen=True, slots=True)
class Team:
    """Who works at the demo clinic, as actors; physicians by the id of their calendar, in the order of `DOCTORS`."""

    admin: Actor
    coordinators: tuple[Actor, ...]
    physicians: dict[UUID, Actor]


EVERYBODY = (ADMIN, *COORDINATORS, *(doctor.person for doctor in DOCTORS))


def hire(
    session: Session, *, hasher: Hasher, by: Actor, now: datetime, people: Sequence[Person] = EVERYBODY
) -> dict[str, Actor]:
    """Invite everybody, let them choose their password, and return them by e-mail."""
    found = {}
    for person in people:
        account, token = access.invite_staff(
            session, email=person.email, full_name=person.name, roles=[person.role], by=by, now=now
        )
        access.accept_invitation(session, token=token, password=PASSWORD, now=now, hasher=hasher)
        found[person.email] = Actor(
            kind=ActorKind.STAFF, id=account.id, name=account.full_name, roles=frozenset({person.role})
        )
    return found


def open_doors(
    session: Session,
    *,
    accounts: dict[str, Actor],
    today: date,
    now: datetime,
    doctors: Sequence[Doctor] = DOCTORS,
    coordinators: Sequence[Person] = COORDINATORS,
) -> Team:
    """Let the administrator add visit types, physicians, licenses and hours; return who works there."""
    admin = accounts[ADMIN.email]
    for kind in VISIT_TYPES:
        scheduling.save_visit_type(session, new=kind, by=admin, now=now)
    physicians = {}
    for doctor in doctors:
        actor = accounts[doctor.person.email]
        physicians[_open(session, doctor, account=actor, today=today, by=admin, now=now)] = actor
    return Team(admin, tuple(accounts[person.email] for person in coordinators), physicians)


def _open(session: Session, doctor: Doctor, *, account: Actor, today: date, by: Actor, now: datetime) -> UUID:
    new = NewPhysician(
        full_name=doctor.person.name,
        zone=doctor.zone,
        credential=doctor.credential,
        join_url=f"https://video.example.org/{doctor.person.email.partition('@')[0]}",
        staff_id=account.id,
    )
    physician = people.add_physician(session, new=new, by=by, now=now)
    for number, (state, days) in enumerate(doctor.licences, start=1):
        licence = NewLicence(
            state=state,
            number=f"{state}-DEMO-{number}{doctor.person.name[:2].upper()}",
            valid_from=today - timedelta(days=700),
            valid_until=today + timedelta(days=days),
        )
        people.add_licence(session, physician_id=physician.id, new=licence, by=by, now=now)
    _add_hours(session, doctor, physician_id=physician.id, since=today - timedelta(days=60), by=by, now=now)
    return physician.id


def _add_hours(session: Session, doctor: Doctor, *, physician_id: UUID, since: date, by: Actor, now: datetime) -> None:
    for days, opens, closes in doctor.hours:
        scheduling.add_hours_on(
            session,
            physician_id=physician_id,
            weekdays=days,
            starts_at_local=opens,
            ends_at_local=closes,
            effective_from=since,
            effective_until=None,
            by=by,
            now=now,
        )


def open_on(session: Session, *, physician_id: UUID, doctor: Doctor, day: date, by: Actor, now: datetime) -> None:
    """Give a physician extra hours on a day on which the week has none, so that no day is empty."""
    if any(day.weekday() in days for days, _, _ in doctor.hours):
        return
    begin, end = (edge_instant(day, at, doctor.zone) for at in _EXTRA_HOURS)
    scheduling.add_override(
        session,
        physician_id=physician_id,
        kind=OverrideKind.EXTRA,
        starts_at=begin,
        ends_at=end,
        note="Extra hours",
        by=by,
        now=now,
    )
