"""A small invented clinic with something on every page, made through the product's own actions."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.hashing import hasher_of
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import Beginner
from clinic.people import actions as people
from clinic.people.actions import importing
from clinic.people.actions.contact_log import add_contact, correct_contact
from clinic.people.models import Patient, Physician
from clinic.people.rules import NewLicence, NewPhysician
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact
from clinic.runtime import Runtime
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.caps import CapPer
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind
from tests.domains.people.import_files import csv_of, person
from tests.domains.scheduling.calendar_makers import LONG_AGO, Clinic, at
from workers import work

OPERATOR = system("Operator")
PASSWORD = "copper lantern violet tide"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York, 9:00 in Chicago."""

PEOPLE = (
    ("Marisol", "Benavides", None, "FL", "Miami", "33101", "12086", "es", date(1984, 3, 12)),
    ("Theodore", "Whitcombe", "Theo", "FL", "Pensacola", "32501", "12033", "en", date(1961, 7, 4)),
    ("Nadia", "Okonjo", None, "NJ", "Newark", "07102", "34013", "en", date(1990, 1, 22)),
    ("Gilbert", "Ransome", "Gil", "FL", "Tampa", "33602", "12057", "en", date(1975, 9, 30)),
    ("Paloma", "Iriarte", None, "FL", "Orlando", "32801", "12095", "es", date(1993, 12, 2)),
    ("Hannelore", "Vandersteen", "Hanne", "NJ", "Trenton", "08608", "34021", "en", date(1958, 5, 17)),
    ("Desmond", "Achterberg", None, "FL", "Jacksonville", "32202", "12031", "en", date(1988, 8, 8)),
    ("Lucinda", "Farthing", "Lucy", "FL", "Naples", "34102", "12021", "en", date(1969, 2, 27)),
    ("Ambrose", "Kettlewell", None, "NJ", "Camden", "08102", "34007", "en", date(1980, 10, 11)),
    ("Soledad", "Quintanilla", "Sol", "FL", "Hialeah", "33010", "12086", "es", date(1996, 6, 19)),
)


ADDITIONS = (
    ("visits", "add_visits"),
    ("waiting", "add_waiting"),
    ("courses", "add_courses"),
    ("on_call", "add_on_call"),
    ("inbox", "add_talks"),
    ("notes", "add_notes"),
    ("flags", "add_flags"),
    ("charts", "add_charts"),
    ("pharmacies", "add_pharmacies"),
    ("medication", "add_medication"),
    ("billing", "add_billing"),
    ("intake", "add_intake"),
    ("prices", "add_prices"),
    ("absences", "add_absences"),
    ("forms", "add_forms"),
    ("handover", "add_handover"),
)
"""What modules of their own add, which need the town themselves, in the order in which one builds on the other."""


@dataclass
class Town:
    """The clinic's people and visits by a name that tests use."""

    begin: Beginner
    runtime: Runtime
    now: datetime = NOW
    physicians: dict[str, Physician] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    visits: dict[str, UUID] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    others: dict[str, UUID] = field(default_factory=dict)
    """Rows that addresses name besides patients, visits and staff."""

    def catch_up(self) -> None:
        """Let standing orders and texts run as a worker does, until everything that is due is done."""
        while work.react(self.runtime) or work.offer_times(self.runtime) or work.send(self.runtime, seconds=5):
            pass

    def copied(self, begin: Beginner, runtime: Runtime) -> "Town":
        """Return the same town in a copy of its database, in which a test may do as it likes."""
        names = ("physicians", "patients", "visits", "staff", "actors", "others")
        return replace(self, begin=begin, runtime=runtime, **{name: dict(getattr(self, name)) for name in names})

    @property
    def dana(self) -> Actor:
        return self.actors["dana"]

    def sign_in(self, who: str) -> str:
        """Return a fresh staff session token."""
        with self.begin(by=OPERATOR) as session:
            return access.start_session(session, account_id=self.staff[who], now=self.runtime.clock(), by=OPERATOR)

    def link_of(self, visit: str | UUID) -> str:
        """Return the token of a visit's link, as the text to the patient carries it."""
        wanted = self.visits[visit] if isinstance(visit, str) else visit
        with self.begin(by=OPERATOR) as session:
            link = session.query(Link).filter(Link.resource_id == wanted).order_by(Link.created_at.desc()).first()
            assert link is not None
            return access.render_link(session, link_id=link.id, ring=self.runtime.link_ring)

    def half_sign_in(self, who: str) -> str:
        """Return the token of somebody who gave the password and not yet the second factor."""
        now = self.runtime.clock()
        with self.begin(by=OPERATOR) as session:
            account = self.staff[who]
            return access.start_session(session, account_id=account, now=now, by=OPERATOR, has_second_factor=False)

    def open_invitation(self) -> str:
        """Return the token of an invitation that nobody took yet."""
        with self.begin(by=OPERATOR) as session:
            email = f"{new_id().hex[:8]}@example.org"
            roles = [Role.COORDINATOR]
            _, token = access.invite_staff(
                session, email=email, full_name="Wendell Pike", roles=roles, by=OPERATOR, now=self.runtime.clock()
            )
            return token

    def open_reset(self) -> str:
        """Return the token of a link to choose a new password."""
        with self.begin(by=OPERATOR) as session:
            return access.start_reset(session, account_id=self.staff["sam"], by=OPERATOR, now=self.runtime.clock())

    def patient_session(self, visit: str) -> str:
        """Return the session token of the patient who opened the visit's link."""
        token = self.link_of(visit)
        with self.begin(by=OPERATOR) as session:
            row = session.get(Appointment, self.visits[visit])
            patient = session.get(Patient, row.patient_id)
            born = patient.birth_date
            opened = access.open_link(
                session, token=token, birth_date=born, now=self.runtime.clock(), ip=None, birth_date_of=lambda *_: born
            )
            return opened.session_token

    def book(self, name: str, patient: str, physician: str, starts_at: datetime, **more: object) -> UUID:
        wanted = {"visit_type_code": "follow_up", "by": self.dana, "now": self.now, "ignore_notice": True} | more
        with self.begin(by=self.dana) as session:
            visit = actions.book_now(
                session,
                patient_id=self.patients[patient].id,
                physician_id=self.physicians[physician].id,
                starts_at=starts_at,
                ring=self.runtime.link_ring,
                **wanted,
            )
            self.visits[name] = visit.id
        return self.visits[name]

    def hold(self, name: str, patient: str, physician: str, starts_at: datetime, by: str = "dana") -> UUID:
        with self.begin(by=self.actors[by]) as session:
            held = actions.hold(
                session,
                visit_type_code="follow_up",
                patient_id=self.patients[patient].id,
                physician_id=self.physicians[physician].id,
                starts_at=starts_at,
                by=self.actors[by],
                now=self.now,
                ignore_notice=True,
            )
            self.visits[name] = held.id
        return self.visits[name]

    def step(self, act: Callable[..., object], name: str, *, by: str = "dana", **more: object) -> None:
        """Take a step with a visit, by default now."""
        wanted = {"now": self.now} | more
        with self.begin(by=self.actors[by]) as session:
            act(session, appointment_id=self.visits[name], by=self.actors[by], **wanted)

    def task(self, kind: WorkKind, patient: str, reason: str, *, hours_ago: float, visit: str | None = None) -> None:
        opened = self.now - timedelta(hours=hours_ago)
        subject = self.visits[visit] if visit else self.patients[patient].id
        with self.begin(by=OPERATOR) as session:
            worklist.open_item(
                session,
                kind=kind,
                dedupe_key=f"{kind}:{patient}:{hours_ago}",
                reason=reason,
                subject_kind="appointment" if visit else "patient",
                subject_id=subject,
                patient_id=self.patients[patient].id,
                now=opened,
                by=OPERATOR,
            )


def build(begin: Beginner, runtime: Runtime) -> Town:
    """Make the clinic: staff, physicians, patients and a day of visits."""
    town = Town(begin, runtime)
    _hire(town)
    work.seen(runtime, "worker@town")
    with begin(by=town.dana) as session:
        clinic = Clinic(session, by=town.dana)
        clinic.visit_type(
            "initial",
            name="Initial consultation",
            name_es="Consulta inicial",
            patient_minutes=45,
            physician_segments=((0, 45),),
            position=0,
            is_patient_bookable=False,
        )
        clinic.visit_type("follow_up", position=1)
        _physicians(town, session, clinic)
        for first, last, preferred, state, city, postal, fips, language, born in PEOPLE:
            patient = clinic.patient(
                legal_first_name=first,
                legal_last_name=last,
                preferred_name=preferred,
                state=state,
                city=city,
                postal_code=postal,
                county_fips=fips,
                language=language,
                birth_date=born,
                email=f"{first.lower()}@example.org",
            )
            town.patients[first.lower()] = patient
    _covers(town)
    _imported_file(town)
    _log(town)
    for name, add in ADDITIONS:
        getattr(import_module(f"tests.browser.town_{name}"), add)(town)
    return town


def _log(town: Town) -> None:
    """Write down a call, and a note that somebody corrects."""
    patient_id, earlier = town.patients["marisol"].id, town.now - timedelta(hours=3)
    call = NewContact(kind=ContactKind.CALL, direction=Direction.OUTGOING, outcome=CallOutcome.LEFT_MESSAGE)
    note = NewContact(kind=ContactKind.NOTE, body="Prefers calls before noon.", happened_at=earlier)
    right = NewContact(kind=ContactKind.NOTE, body="Prefers calls after 4 PM.", happened_at=earlier)
    by = {"patient_id": patient_id, "by": town.dana, "now": earlier}
    with town.begin(by=town.dana) as session:
        add_contact(session, new=call, **by)
        wrong = add_contact(session, new=note, **by)
        town.others["entry_id"] = correct_contact(session, entry_id=wrong.id, new=right, **by).id


def _hire(town: Town) -> None:
    hasher = hasher_of(town.runtime.signing_in)
    for key, name, role in (
        ("dana", "Dana Reyes", Role.COORDINATOR),
        ("sam", "Sam Whitfield", Role.COORDINATOR),
        ("okafor", "Amara Okafor", Role.PHYSICIAN),
        ("raman", "Priya Raman", Role.PHYSICIAN),
        ("morgan", "Morgan Ellery", Role.ADMIN),
    ):
        with town.begin(by=OPERATOR) as session:
            early = town.now - timedelta(days=60)
            _, token = access.invite_staff(
                session, email=f"{key}@example.org", full_name=name, roles=[role], by=OPERATOR, now=early
            )
            account = access.accept_invitation(session, token=token, password=PASSWORD, now=early, hasher=hasher)
            town.staff[key] = account.id
        town.actors[key] = Actor(kind=ActorKind.STAFF, id=town.staff[key], name=name, roles=frozenset({role}))


def _physicians(town: Town, session: Session, clinic: Clinic) -> None:
    for key, name, zone, states, hours in (
        ("okafor", "Dr. Amara Okafor", "America/New_York", ("FL", "NJ"), ((9, 12), (13, 17))),
        ("herrera", "Dr. Luis Herrera", "America/Chicago", ("FL",), ((8, 12),)),
        ("raman", "Dr. Priya Raman", "America/New_York", ("NJ",), ((11, 19),)),
    ):
        new = NewPhysician(
            full_name=name, zone=zone, join_url=f"https://video.example.org/{key}", staff_id=town.staff.get(key)
        )
        physician = people.add_physician(session, new=new, by=town.dana, now=town.now)
        town.physicians[key] = physician
        for state in states:
            until = date(2026, 12, 20) if (key, state) == ("okafor", "NJ") else date(2030, 1, 31)
            licence = NewLicence(state=state, number=f"{state}{len(key):05}", valid_from=LONG_AGO, valid_until=until)
            added = people.add_licence(session, physician_id=physician.id, new=licence, by=town.dana, now=town.now)
            town.others.setdefault("licence_id", added.id)
        for weekday in range(5):
            for opens, closes in hours:
                rule = actions.add_hours(
                    session,
                    physician_id=physician.id,
                    weekday=weekday,
                    starts_at_local=time(opens),
                    ends_at_local=time(closes),
                    effective_from=LONG_AGO,
                    effective_until=None,
                    by=town.dana,
                    now=town.now,
                )
                town.others.setdefault("rule_id", rule.id)
    closed = actions.add_override(
        session,
        physician_id=town.physicians["okafor"].id,
        kind=OverrideKind.CLOSED,
        starts_at=at(33, 0),
        ends_at=at(34, 0),
        note="Conference",
        by=town.dana,
        now=town.now,
    )
    town.others["override_id"] = closed.id
    _limits(town, session)


def _limits(town: Town, session: Session) -> None:
    """Close the clinic on a holiday, and cap a week well above what it holds."""
    christmas = date(2026, 12, 25)
    closure = actions.add_closure(
        session, name="Christmas", state=None, first_day=christmas, last_day=christmas, by=town.dana, now=town.now
    )
    cap = actions.set_cap(
        session,
        physician_id=town.physicians["okafor"].id,
        visit_type_code=None,
        per=CapPer.WEEK,
        most=60,
        effective_from=town.now.date(),
        effective_until=None,
        by=town.dana,
        now=town.now,
    )
    town.others |= {"closure_id": closure.id, "cap_id": cap.id}


def _covers(town: Town) -> None:
    """Let Dr. Raman look after Dr. Okafor's patients around a holiday."""
    with town.begin(by=town.actors["okafor"]) as session:
        cover = people.name_cover(
            session,
            physician_id=town.physicians["okafor"].id,
            colleague_id=town.physicians["raman"].id,
            first_day=date(2026, 12, 24),
            last_day=date(2027, 1, 3),
            by=town.actors["okafor"],
            now=town.now,
        )
        town.others["cover_id"] = cover.id


def _imported_file(town: Town) -> None:
    """Send a file of patients that waits for a decision, with a row that cannot be taken."""
    content = csv_of(person(1), person(2, county="Nowhere", birth_date="12.3.84"))
    with town.begin(by=town.dana) as session:
        sent = {"by": town.dana, "now": town.now}
        found = importing.start_import(session, file_name="new patients.csv", size=len(content), **sent)
        importing.receive_part(session, import_id=found.id, position=0, content=content, **sent)
        importing.check_import(session, import_id=found.id, part_count=1, **sent)
        town.others["import_id"] = found.id
    work.imports(town.runtime, seconds=10)
