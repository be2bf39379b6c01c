"""A small clinic in which every sensitive value is an unmistakable word, made through the product's own actions."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link, StaffAccount, StaffSession
from clinic.access.rules.entering import Asked, Wish
from clinic.access.rules.hashing import hasher_of
from clinic.access.rules.totp import code_at, counter_at
from clinic.conversations import actions as conversations
from clinic.gateways.sms import InboundText
from clinic.kernel.actor import ANONYMOUS, Actor, ActorKind, Role, system
from clinic.kernel.ids import digest, new_id
from clinic.kernel.known_answer import require_right_keys
from clinic.kernel.sealed import current_ring
from clinic.messaging import actions as messaging
from clinic.oncall import actions as oncall
from clinic.oncall.rules import PageKind, Place
from clinic.people import actions as people
from clinic.people.actions.contact_log import add_contact
from clinic.people.models import Patient
from clinic.people.queries import phone_of
from clinic.people.rules import CareReason, NewLicence, NewPhysician
from clinic.people.rules.contact_log import ContactKind, NewContact
from clinic.replacement.actions.opening import open_replacement
from clinic.runtime import Runtime
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.states import CancelReason
from clinic.waitlist.actions.joining import Wishes, join_for_first
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind
from tests.domains.scheduling.calendar_makers import FAR_AHEAD, LONG_AGO, NOW, Clinic, at

OPERATOR = system("Operator")
PASSWORD = "copper lantern violet tide"
EARLIER = NOW - timedelta(days=9)

STAFF = {
    "coordinator": ("Quarrella Inkwether", Role.COORDINATOR),
    "physician": ("Hazelquin Umberlow", Role.PHYSICIAN),
    "newcomer": ("Nuvola Sandringhill", Role.PHYSICIAN),
    "admin": ("Morvanna Ellerstead", Role.ADMIN),
    "colleague": ("Dulcimer Wrenwhistle", Role.COORDINATOR),
    "newly hired": ("Fennimore Juxley", Role.COORDINATOR),
}
PATIENTS = {
    "amy": {
        "legal_first_name": "Quillara",
        "legal_last_name": "Vexborne",
        "preferred_name": "Zillabee",
        "birth_date": date(1931, 3, 7),
        "phone": "+13055550171",
        "email": "mailcanaryone@example.org",
        "address_line": "417 Plumbago Hollow",
        "city": "Wyndlemoor",
        "postal_code": "33177",
    },
    "bea": {
        "legal_first_name": "Brixanna",
        "legal_last_name": "Thornquay",
        "preferred_name": "Fizzleby",
        "birth_date": date(1943, 10, 19),
        "phone": "+13055550192",
        "email": "mailcanarytwo@example.org",
        "address_line": "902 Marrowgate Steps",
        "city": "Eastquibble",
        "postal_code": "33189",
    },
}
PHYSICIANS = {
    "physician": "Dr. Hazelina Umbertide",
    "other": "Dr. Lorimund Pettigrove",
    "newcomer": "Dr. Nuvolari Sanding",
}


@dataclass
class Town:
    """Ids of everybody by the name that tests use, and the secrets that only their owners hold."""

    runtime: Runtime
    staff: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    physicians: dict[str, UUID] = field(default_factory=dict)
    patients: dict[str, UUID] = field(default_factory=dict)
    owner_of: dict[UUID, str] = field(default_factory=dict)
    secrets: dict[tuple[str, str], str] = field(default_factory=dict)
    """(owner, what) -> a token or code as its owner holds it."""


def build(session: Session, runtime: Runtime) -> Town:
    """Make the clinic in the given transaction."""
    town = Town(runtime)
    require_right_keys(session, current_ring(), now=EARLIER)
    for key in STAFF:
        _hire(session, town, key)
    _invite(session, town)
    clinic = Clinic(session, by=town.actors["colleague"])
    clinic.visit_type(is_patient_bookable=True)
    for key, name in PHYSICIANS.items():
        _physician(session, town, key, name)
    for key, facts in PATIENTS.items():
        patient = clinic.patient(**facts)
        town.patients[key] = patient.id
        town.owner_of |= {patient.id: key, patient.phone_id: key}
    _visits(session, town)
    _courses(session, town, clinic)
    _texts_and_tasks(session, town)
    _on_call(session, town)
    _absence(session, town)
    for key in PATIENTS:
        _open_link(session, town, key)
        _sign_in_patient(session, town, key)
        _messages(session, town, key)
        _deliveries(session, town, key)
        _plan_page(session, town, key)
        _forms(session, town, key)
        _intake_page(session, town, key)
        _support_page(session, town, key)
    session.flush()
    return town


def _absence(session: Session, town: Town) -> None:
    """List what a physician who is out next week leaves behind."""
    open_replacement(
        session,
        physician_id=town.physicians["physician"],
        starts_at=at(23, 0),
        ends_at=at(30, 0),
        closes_hours=False,
        by=town.actors["colleague"],
        now=NOW,
    )


def _deliveries(session: Session, town: Town, key: str) -> None:
    from tests.web.generated.town_medication import open_deliveries

    open_deliveries(session, town, key)


def _plan_page(session: Session, town: Town, key: str) -> None:
    from tests.web.generated.town_billing import open_billing

    open_billing(session, town, key)


def _forms(session: Session, town: Town, key: str) -> None:
    from tests.web.generated.town_forms import add_forms

    add_forms(session, town, key)


def _intake_page(session: Session, town: Town, key: str) -> None:
    from tests.web.generated.town_intake import open_intake

    open_intake(session, town, key)


def _support_page(session: Session, town: Town, key: str) -> None:
    from tests.web.generated.town_session_day import open_support

    open_support(session, town, key)


def _courses(session: Session, town: Town, clinic: Clinic) -> None:
    from tests.web.generated.town_courses import add_courses

    add_courses(session, town, clinic)


def sign_in(session: Session, town: Town, key: str, *, has_second_factor: bool = True) -> str:
    """Return a fresh session token of a member of staff."""
    token = access.start_session(
        session,
        account_id=town.staff[key],
        now=NOW,
        by=OPERATOR,
        ip="203.0.113.77",
        has_second_factor=has_second_factor,
    )
    town.secrets[key, "session token"] = token
    return token


def _hire(session: Session, town: Town, key: str) -> None:
    name, role = STAFF[key]
    hasher = hasher_of(town.runtime.signing_in)
    email = f"desk.{name.split()[1].lower()}@example.org"
    _, token = access.invite_staff(session, email=email, full_name=name, roles=[role], by=OPERATOR, now=EARLIER)
    account = access.accept_invitation(session, token=token, password=PASSWORD, now=EARLIER, hasher=hasher)
    town.staff[key] = account.id
    town.owner_of[account.id] = key
    town.actors[key] = Actor(kind=ActorKind.STAFF, id=account.id, name=name, roles=frozenset({role}))
    _set_up_second_factor(session, town, account, is_finished=key != "newly hired")


def _set_up_second_factor(session: Session, town: Town, account: StaffAccount, *, is_finished: bool) -> None:
    key, hasher = town.owner_of[account.id], hasher_of(town.runtime.signing_in)
    entered = access.sign_in(
        session, email=account.email, password=PASSWORD, ip=None, now=EARLIER, by=ANONYMOUS, hasher=hasher
    )
    begun = session.scalars(select(StaffSession.id).where(StaffSession.token_hash == digest(entered.token))).one()
    access.begin_totp(session, session_id=begun, now=EARLIER, by=OPERATOR)
    if not is_finished:
        return
    code = code_at(account.totp_seed, counter_at(EARLIER))
    issued = access.confirm_totp(session, session_id=begun, code=code, ip=None, now=EARLIER, by=OPERATOR, hasher=hasher)
    town.secrets[key, "recovery code"] = issued.codes[0]


def _invite(session: Session, town: Town) -> None:
    account, token = access.invite_staff(
        session, email="invited.canary@example.org", full_name="Wendeline Pikestaff", roles=[Role.COORDINATOR],
        by=town.actors["admin"], now=NOW,
    )  # fmt: skip
    town.staff["invited"] = account.id
    town.owner_of[account.id] = "invited"
    town.secrets["invited", "invitation token"] = token
    reset = access.start_reset(session, account_id=town.staff["newly hired"], by=OPERATOR, now=NOW)
    town.secrets["newly hired", "reset token"] = reset


def _physician(session: Session, town: Town, key: str, name: str) -> None:
    by = town.actors["admin"]
    join = f"https://video.example.org/room-canary-{key}"
    new = NewPhysician(full_name=name, zone="America/New_York", join_url=join, staff_id=town.staff.get(key))
    made = people.add_physician(session, new=new, by=by, now=EARLIER)
    town.physicians[key] = made.id
    town.owner_of[made.id] = f"dr {key}"
    number = f"LICCANARY{len(town.physicians)}"
    licence = NewLicence(state="FL", number=number, valid_from=LONG_AGO, valid_until=FAR_AHEAD)
    people.add_licence(session, physician_id=made.id, new=licence, by=by, now=EARLIER)
    hours = {"starts_at_local": time(9), "ends_at_local": time(17), "effective_from": LONG_AGO, "effective_until": None}
    actions.add_hours_on(session, physician_id=made.id, weekdays=range(5), **hours, by=by, now=EARLIER)
    actions.add_override(
        session, physician_id=made.id, kind=OverrideKind.CLOSED, starts_at=at(33, 0), ends_at=at(34, 0),
        note=f"Away at the {key} notecanary meeting", by=by, now=EARLIER,
    )  # fmt: skip


def _visits(session: Session, town: Town) -> None:
    for key, physician, hour in (("amy", "physician", 10), ("bea", "other", 13)):
        _book(session, town, key, physician, at(25, hour))
        running = _book(session, town, key, physician, at(23, hour, 30))
        actions.confirm(session, appointment_id=running.id, via="staff", by=town.actors["colleague"], now=NOW)
        canceled = _book(session, town, key, physician, at(26, hour))
        actions.cancel(
            session, appointment_id=canceled.id, reason=CancelReason.PHYSICIAN_UNAVAILABLE,
            by=town.actors["colleague"], now=NOW,
        )  # fmt: skip
        held = actions.hold(
            session, visit_type_code="follow_up", patient_id=town.patients[key],
            physician_id=town.physicians[physician], starts_at=at(27, hour), by=town.actors["coordinator"], now=NOW,
        )  # fmt: skip
        town.owner_of[held.id] = key
        _wait(session, town, key)
    people.join_care_team(
        session, patient_id=town.patients["amy"], physician_id=town.physicians["physician"],
        reason=CareReason.ASSIGNED, starts_at=EARLIER, ends_at=None, subject_id=None, by=OPERATOR, now=EARLIER,
    )  # fmt: skip


def _wait(session: Session, town: Town, key: str) -> None:
    """Put a patient on the waiting list for days on which nobody works."""
    wishes = Wishes(earliest_on=at(23, 10).date(), latest_on=at(50, 10).date(), weekdays=(6,), notice_hours=2)
    by = town.actors["coordinator"]
    entry = join_for_first(
        session, patient_id=town.patients[key], visit_type_code="follow_up", wishes=wishes, by=by, now=EARLIER
    )
    town.owner_of[entry.id] = key


def _book(session: Session, town: Town, key: str, physician: str, starts_at: object) -> Appointment:
    visit = actions.book_now(
        session, visit_type_code="follow_up", patient_id=town.patients[key], physician_id=town.physicians[physician],
        starts_at=starts_at, by=town.actors["colleague"], now=EARLIER, ring=town.runtime.link_ring,
    )  # fmt: skip
    # Only a cancellation brings a note; it is written here on every visit, so that it is watched in every state.
    visit.note = f"Visit notecanary of {key} at {starts_at:%d %H}"
    town.owner_of[visit.id] = key
    return visit


def _on_call(session: Session, town: Town) -> None:
    """Put a colleague on call, who had a call that is about no patient; what those show, their own tests look at."""
    colleague, when = town.actors["colleague"], {"starts_at": NOW, "ends_at": NOW + timedelta(hours=8)}
    admin = {"zone": "America/New_York", "by": town.actors["admin"], "now": NOW}
    oncall.add_shift(session, staff_id=town.staff["colleague"], place=Place.FIRST, **when, **admin)
    page_id = oncall.open_page(session, kind=PageKind.LANE_PAUSED, dedupe_key="lane", by=OPERATOR, now=NOW)
    oncall.acknowledge(session, page_id=page_id, by=colleague, now=NOW)


def _texts_and_tasks(session: Session, town: Town) -> None:
    for key in PATIENTS:
        body = f"inbodycanary {key} maybe ask my daughter"
        text = InboundText(f"SM{key:0>32}", PATIENTS[key]["phone"], "+15005550006", body, None, 1)
        messaging.receive(session, text=text, has_own_replies=True, by=OPERATOR, now=NOW)
        note = NewContact(kind=ContactKind.NOTE, body=f"bodycanary of a note about {key}")
        add_contact(session, patient_id=town.patients[key], new=note, by=town.actors["colleague"], now=NOW)
        _task(session, town, key, WorkKind.DELIVERY_FAILED)
        done = _task(session, town, key, WorkKind.MESSAGE_UNKNOWN)
        worklist.close_item(
            session, item_id=done, version=1, by=town.actors["colleague"], now=NOW, note=f"outcomecanary about {key}"
        )

    worklist.open_item(
        session, kind=WorkKind.LANE_PAUSED, dedupe_key="canary", reason="reasoncanary of the machine",
        subject_kind="lane", subject_id=None, patient_id=None, now=NOW, by=OPERATOR,
    )  # fmt: skip


def _task(session: Session, town: Town, key: str, kind: WorkKind) -> UUID:
    opened = worklist.open_item(
        session, kind=kind, dedupe_key=f"{kind}:{key}", reason=f"reasoncanary {kind} of {key}",
        subject_kind="patient", subject_id=town.patients[key], patient_id=town.patients[key], now=NOW, by=OPERATOR,
    )  # fmt: skip
    town.owner_of[opened] = key
    return opened


def _messages(session: Session, town: Town, key: str) -> None:
    """Let the clinic write to a patient, who opens that link with the birth date and answers."""
    patient_id, ring = town.patients[key], town.runtime.link_ring
    words = {"patient_id": patient_id, "now": NOW}
    ours, theirs = f"securecanary {key} we wrote this", f"securecanary {key} wrote back"
    conversations.send_secure_message(
        session, body=ours, key=new_id(), by=town.actors["coordinator"], ring=ring, **words
    )
    link = session.scalars(select(Link).where(Link.patient_id == patient_id, Link.purpose == "messages")).one()
    token, born = (
        access.render_link(session, link_id=link.id, ring=ring),
        session.get_one(Patient, patient_id).birth_date,
    )
    opened = access.open_link(
        session, token=token, birth_date=born, now=NOW, ip="203.0.113.79", birth_date_of=lambda *_: born
    )
    town.secrets[key, "messages session token"] = opened.session_token
    conversations.answer_secure_message(session, body=theirs, key=new_id(), by=OPERATOR, **words)


def _open_link(session: Session, town: Town, key: str) -> None:
    """Open the link to the visit on Wednesday with the birth date."""
    wanted = (
        select(Link)
        .where(Link.patient_id == town.patients[key], Link.revoked_at.is_(None))
        .join(Appointment, Appointment.id == Link.resource_id)
    )
    link = session.scalars(wanted.where(Appointment.state == "booked")).one()
    token = access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)
    born = session.get_one(Patient, town.patients[key]).birth_date
    opened = access.open_link(
        session, token=token, birth_date=born, now=NOW, ip="203.0.113.78", birth_date_of=lambda *_: born
    )
    town.secrets[key, "link token"] = token
    town.secrets[key, "link session token"] = opened.session_token


def _sign_in_patient(session: Session, town: Town, key: str) -> None:
    """Let a patient into the own area by a code; another wish waits to be answered."""
    patient = session.get_one(Patient, town.patients[key])
    asked = Asked(e164=phone_of(session, patient.id).e164, birth_date=patient.birth_date)
    ring = town.runtime.link_ring
    for is_answered in (True, False):
        request_id = access.ask_to_enter(session, asked, wish=Wish.CODE, now=NOW, by=OPERATOR)
        if is_answered:
            request, _ = access.take_wish(session, request_id, now=NOW)
            whose = {"patient_id": patient.id, "phone_id": patient.phone_id}
            code = access.issue_code(session, request, ring=ring, now=NOW, **whose).code
            entered = access.use_code(session, request_id, typed=code, ring=ring, now=NOW, by=OPERATOR)
            town.secrets[key, "area session token"] = entered.token
