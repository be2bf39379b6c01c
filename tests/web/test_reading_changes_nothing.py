"""SEC-S13 and SEC-S8 over the whole map of addresses: reading writes nothing but who read."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.audit.models import AuditEvent
from clinic.consents.actions.documents import install_forms
from clinic.consents.actions.signing import sign
from clinic.consents.queries.documents import current_version
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.signing import Signing
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.db import Base
from clinic.medication.queries.lots import packed_lots
from clinic.oncall.actions import open_page
from clinic.oncall.rules import PageKind
from clinic.people.actions.contact_log import add_contact
from clinic.people.actions.importing import start_import
from clinic.people.rules.contact_log import ContactKind, NewContact
from clinic.replacement.actions.opening import open_replacement
from clinic.treatment.actions import open_plan
from clinic.waitlist.actions.joining import Wishes, join_for_first
from clinic.web.frame.policy import Audience, Policy, policy_of
from tests.domains.billing.document_makers import Desk
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_parcel, an_order
from tests.domains.scheduling.calendar_makers import NOW, RING, at
from tests.web.html import Browser

OPERATOR = system("Operator")
MAY_GROW = {"audit_event", "staff_session", "link_session", "patient_session", "heartbeat"}


@pytest.fixture
def places(session: Session) -> dict[str, object]:
    """One of everything that an address may name."""
    ordering = OrderClinic(session)
    clinic, physician = ordering.clinic, ordering.okafor
    patient = clinic.patient()
    visit = clinic.visit(patient, physician, at(25, 10))
    open_plan(session, patient_id=patient.id, physician_id=physician.id, by=clinic.by, now=clinic.now)
    note = NewContact(kind=ContactKind.NOTE, body="Prefers mornings.")
    entry = add_contact(session, patient_id=patient.id, new=note, by=clinic.by, now=clinic.now)
    sent = start_import(session, file_name="patients.csv", size=10, by=clinic.by, now=clinic.now)
    link = session.scalars(select(Link).where(Link.resource_id == visit.id)).one()
    page_id = open_page(session, kind=PageKind.LANE_PAUSED, dedupe_key="lane", by=clinic.by, now=clinic.now)
    parcel = a_parcel(ordering, an_order(ordering))
    invoice = Desk(session).paid()
    session.commit()
    return {
        "shipment_id": parcel.id,
        "invoice_id": invoice.id,
        "fill_id": parcel.fill_id,
        "lot_id": packed_lots(session, parcel.fill_id)[0][0].id,
        "appointment_id": visit.id,
        "patient_id": patient.id,
        "token": access.render_link(session, link_id=link.id, ring=RING),
        "born": patient.birth_date,
        "phone_id": patient.phone_id,
        "page_id": page_id,
        "entry_id": entry.id,
        "import_id": sent.id,
        "survivor_id": clinic.patient().id,
        "signature_id": _signature(session, patient.id),
        "waiting_id": _place_on_the_list(session, patient.id, by=clinic.by),
        "replacement_id": _absence(session, physician.id, by=clinic.by),
        "kind": ConsentKind.PRIVACY,
    }


def _signature(session: Session, patient_id: UUID) -> UUID:
    """Return a signature of the privacy notice."""
    me = Actor(kind=ActorKind.PATIENT, id=patient_id, name="Patient")
    install_forms(session, by=OPERATOR, now=NOW)
    version = current_version(session, ConsentKind.PRIVACY, now=NOW)
    given = Signing(
        version_id=version.id,
        language="en",
        typed_name="Ana Solis",
        is_my_name=True,
        agrees_to_electronic=True,
        boxes=frozenset(),
    )
    return sign(session, patient_id, ConsentKind.PRIVACY, signing=given, of_pain=False, by=me, now=NOW).id


def _place_on_the_list(session: Session, patient_id: UUID, *, by: Actor) -> UUID:
    """Return a place on the waiting list for a first time."""
    wishes = Wishes(earliest_on=at(23, 10).date(), latest_on=at(25, 10).date())
    where = {"patient_id": patient_id, "visit_type_code": "follow_up"}
    return join_for_first(session, wishes=wishes, **where, by=by, now=NOW).id


def _absence(session: Session, physician_id: UUID, *, by: Actor) -> UUID:
    """Return the list of what a physician leaves behind."""
    hours = {"starts_at": at(26, 9), "ends_at": at(26, 17), "closes_hours": False}
    return open_replacement(session, physician_id=physician_id, **hours, by=by, now=NOW).id


def fingerprint(session: Session) -> dict[str, tuple[int, int]]:
    """Return rows and a checksum of every table that reading may not change."""
    found = {}
    for table in sorted(set(Base.metadata.tables) - MAY_GROW):
        checksum = f'select count(*), coalesce(sum(hashtext(t::text)::bigint), 0) from "{table}" t'  # noqa: S608 - our own
        row = session.execute(text(checksum)).one()
        found[table] = (row[0], int(row[1]))
    return found


def addresses(app: Flask, *audiences: Audience) -> Iterator[tuple[str, Policy, set[str]]]:
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        assert policy is not None
        if "GET" in (rule.methods or ()) and policy.audience in audiences:
            yield rule.endpoint, policy, set(rule.arguments)


def address_of(app: Flask, endpoint: str, wanted: set[str], places: dict[str, object]) -> str:
    known = {name: places.get(name, UUID(int=7)) for name in wanted}
    known |= {"filename": "clinic.css"} if "filename" in wanted else {}
    for rule in app.url_map.iter_rules(endpoint):
        choices = {name: one.items for name, one in rule._converters.items() if isinstance(one, AnyConverter)}  # noqa: SLF001 - the only place that knows
        known |= {name: min(items) for name, items in choices.items()}
    with app.test_request_context():
        from flask import url_for

        return url_for(endpoint, **known)


def test_SEC_S8_each_page_that_shows_somebody_writes_one_row_saying_so(
    app: Flask, session: Session, sign_in_as, places
):
    desk = sign_in_as(Role.COORDINATOR)
    for endpoint, policy, wanted in addresses(app, Audience.STAFF):
        if policy.audit is None or not policy.admits(frozenset({Role.COORDINATOR})):
            continue
        newest = session.scalar(select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).limit(1))
        answer = desk.client.get(address_of(app, endpoint, wanted, places))
        assert answer.status_code == 200, endpoint
        seen = session.scalars(
            select(AuditEvent).where(AuditEvent.seq > newest, AuditEvent.action == policy.audit)
        ).all()
        assert len(seen) == 1, endpoint


def test_a_patient_reading_the_own_visit_changes_no_row(app: Flask, session: Session, places):
    phone = Browser(app.test_client())
    born = places["born"]
    page = (
        phone.get(f"/v/{places['token']}")
        .form("birth-date")
        .submit(born_month=str(born.month), born_day=str(born.day), born_year=str(born.year))
    )
    assert page.status == 200
    before = fingerprint(session)
    for endpoint, policy, wanted in addresses(app, Audience.PATIENT_LINK):
        if policy.purposes and "visit" not in policy.purposes:
            continue
        answer = phone.client.get(address_of(app, endpoint, wanted, places))
        assert answer.status_code == 200, endpoint
    assert fingerprint(session) == before
