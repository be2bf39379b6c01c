"""Orders from the draft to the signature: who writes them, what they need, and that what was signed stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.journal import take_entries
from clinic.medication.actions.orders import amend_order, cancel_draft, change_draft
from clinic.medication.actions.pharmacies import retire_pharmacy
from clinic.medication.actions.registrations import end_registration
from clinic.medication.actions.signing import sign_order
from clinic.medication.errors import NotYourOrder, OrderRefused, PharmacyRefused, SecondOrder, WrongState
from clinic.medication.models import Prescription
from clinic.medication.queries.orders import draft_of, events_of, is_intact, live_order_of, live_orders_of, orders_of
from clinic.medication.queries.registrations import registrations_of
from clinic.medication.queries.signing import obstacles, signing_of
from clinic.medication.rules.signed_content import OrderContent
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.people.rules import CareReason, PatientStatus
from clinic.treatment.errors import NoPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.medication.medication_makers import FIELDS, OrderClinic, a_check, a_pharmacy
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import BECAUSE, enter, on

TODAY = date(2026, 11, 23)


@pytest.fixture
def plan(order_clinic: OrderClinic):
    return order_clinic.treated()


def states(session, order) -> list[tuple[str | None, str]]:
    return [(each.from_state, each.to_state) for each in events_of(session, order.id)]


def test_a_signed_order_says_everything_that_a_prescription_must(session, order_clinic, plan):
    order = order_clinic.signed(plan)
    patient = order_clinic.patient_of(plan)
    assert (order.state, order.issued_on, order.expires_on) == ("signed", TODAY, date(2027, 5, 23))
    said = OrderContent.read(order.signed_content)
    assert (said.patient_name, said.patient_address, said.patient_born_on) == (
        f"{patient.legal_first_name} {patient.legal_last_name}",
        "12 Palm Way, Miami, FL 33101",
        patient.birth_date,
    )
    assert (said.prescriber_name, said.dea_number, said.prescriber_address) == (
        "Dr. Amara Okafor, MD",
        "BO1234563",
        "5 Clinic Road, FL",
    )
    assert (said.quantity, said.refills, said.directions, said.issued_on) == (12, 2, FIELDS.directions, TODAY)
    assert is_intact(order)
    assert states(session, order) == [(None, "draft"), ("draft", "signed")]
    assert live_order_of(session, patient.id) is order
    assert draft_of(session, patient.id) is None


def test_in_new_jersey_an_order_names_the_state_registration_too(order_clinic):
    plan = order_clinic.treated(
        state="NJ", city="Newark", postal_code="07102", county_fips="34013", address_line="9 Broad Street"
    )
    said = OrderContent.read(order_clinic.signed(plan).signed_content)
    assert (said.patient_state, said.cds_number, said.prescriber_address) == ("NJ", "D1234500", "5 Clinic Road, NJ")


def test_the_audit_trail_names_orders_and_says_nothing_of_them(session, order_clinic, plan):
    take_entries(session)
    order_clinic.signed(plan)
    entries = [each for each in take_entries(session) if each.subject_kind == "prescription"]
    assert [each.action for each in entries] == ["order.draft", "order.signed"]
    assert all(each.patient_ids == (plan.patient_id,) and not each.details for each in entries)


def test_only_a_physician_of_the_patient_writes_orders(order_clinic, plan):
    herrera, colleague = order_clinic.physician("Dr. Luis Herrera")
    order_clinic.plan(patient=order_clinic.patient(), physician=herrera)
    for actor in (COORDINATOR, order_clinic.admin, colleague):
        with pytest.raises(NotYourOrder):
            order_clinic.draft(plan, by=actor)


def test_an_order_needs_a_plan(order_clinic):
    patient = order_clinic.patient()
    plan = order_clinic.plan(Phase.MAINTENANCE, patient=patient)
    enter(order_clinic.session, plan, Phase.TAPER, by=order_clinic.doctor)
    enter(order_clinic.session, plan, Phase.AFTERCARE, by=order_clinic.doctor)
    enter(order_clinic.session, plan, Phase.ENDED, by=order_clinic.doctor)
    with pytest.raises(NoPlan):
        order_clinic.draft(plan)


def test_there_is_never_a_second_order_nor_a_second_draft(session, order_clinic, plan):
    order_clinic.draft(plan)
    with pytest.raises(SecondOrder, match="waits for a signature"):
        order_clinic.draft(plan)
    order_clinic.sign(draft_of(session, plan.patient_id))
    with pytest.raises(SecondOrder, match="Amend that one, or stop it"):
        order_clinic.draft(plan)
    assert len(orders_of(session, plan.patient_id)) == 1


def test_a_draft_is_changed_and_canceled_but_a_signed_order_is_not(session, order_clinic, plan):
    draft = order_clinic.draft(plan)
    by, other = order_clinic.doctor, a_pharmacy(session, name="Another one", states=())
    wanted = {"order_id": draft.id, "pharmacy_id": other.id, "fields": replace(FIELDS, refills=0), "by": by, "now": NOW}
    with pytest.raises(ChangedMeanwhile):
        change_draft(session, version=draft.version + 1, **wanted)
    change_draft(session, version=draft.version, **wanted)
    assert (draft.refills, draft.pharmacy_id) == (0, other.id)
    cancel_draft(session, order_id=draft.id, reason=BECAUSE, by=by, now=NOW)
    assert draft.state == "canceled"
    signed = order_clinic.signed(plan)
    with pytest.raises(WrongState, match="stays as it is"):
        change_draft(session, **(wanted | {"order_id": signed.id, "version": signed.version}))
    with pytest.raises(WrongState):
        cancel_draft(session, order_id=signed.id, reason=BECAUSE, by=by, now=NOW)


def test_a_retired_pharmacy_takes_no_order(session, order_clinic, plan):
    gone = order_clinic.pharmacy
    retire_pharmacy(session, pharmacy_id=gone.id, version=gone.version, by=order_clinic.admin, now=NOW)
    with pytest.raises(PharmacyRefused, match="takes no new orders"):
        order_clinic.draft(plan)


def test_nobody_signs_for_a_colleague_or_without_the_second_factor(session, order_clinic, plan):
    draft = order_clinic.draft(plan)
    herrera, colleague = order_clinic.physician("Dr. Luis Herrera")
    people.join_care_team(
        session,
        patient_id=plan.patient_id,
        physician_id=herrera.id,
        reason=CareReason.COVER,
        starts_at=NOW,
        ends_at=None,
        subject_id=None,
        by=order_clinic.admin,
        now=NOW,
    )
    for wrong in ({"by": colleague}, {"has_stepped_up": False}, {"by": COORDINATOR}):
        with pytest.raises(NotYourOrder):
            order_clinic.sign(draft, **wrong)
    with pytest.raises(ChangedMeanwhile):
        order_clinic.sign(draft, version=draft.version + 1)
    assert draft.state == "draft"


def _no_dea(clinic: OrderClinic, draft: Prescription) -> None:
    for each in registrations_of(clinic.session, draft.physician_id):
        wanted = {"registration_id": each.id, "valid_until": TODAY - timedelta(days=1), "version": each.version}
        end_registration(clinic.session, by=clinic.admin, now=NOW, **wanted)


def _no_pharmacy_license(clinic: OrderClinic, draft: Prescription) -> None:
    wanted = {"order_id": draft.id, "fields": FIELDS, "version": draft.version, "by": clinic.doctor, "now": NOW}
    other = a_pharmacy(clinic.session, name="Only Jersey", states=("NJ",))
    change_draft(clinic.session, pharmacy_id=other.id, **wanted)


def _discharged(clinic: OrderClinic, draft: Prescription) -> None:
    people.change_status(
        clinic.session,
        patient_id=draft.patient_id,
        status=PatientStatus.DISCHARGED,
        reason="Moved away.",
        version=clinic.session.get_one(Patient, draft.patient_id).version,
        by=COORDINATOR,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_no_dea, "no DEA registration in Florida on 11/23/2026"),
        (_no_pharmacy_license, "Only Jersey has no license to send to Florida"),
        (_discharged, "This patient is discharged"),
    ],
)
def test_an_order_is_not_signed_without(
    order_clinic, plan, spoil: Callable[[OrderClinic, Prescription], None], sentence: str
):
    draft = order_clinic.draft(plan)
    check = a_check(order_clinic.session, order_clinic.patient_of(plan), by=order_clinic.doctor)
    spoil(order_clinic, draft)
    with pytest.raises(OrderRefused, match=sentence):
        order_clinic.sign(draft, check=check)
    assert (draft.state, draft.signed_at, draft.content_hash) == ("draft", None, None)


@pytest.mark.parametrize("days", [-1, 1])
def test_the_date_of_an_order_is_the_day_of_its_signing(order_clinic, plan, days: int):
    with pytest.raises(OrderRefused, match="11/23/2026 where the patient is") as refused:
        order_clinic.sign(order_clinic.draft(plan), issued_on=TODAY + timedelta(days=days))
    assert refused.value.field == "issued_on"


def test_the_day_is_the_patients_and_not_the_servers(order_clinic, plan):
    late = on("2026-11-24", 21)
    assert order_clinic.signed(plan, now=late).issued_on == date(2026, 11, 24)


def test_from_new_year_on_no_federal_rule_covers_an_order_without_an_exam(order_clinic, plan):
    with pytest.raises(OrderRefused, match=r"From Jan 1, 2027 no federal rule covers an order .* in-person exam"):
        order_clinic.signed(plan, now=on("2027-01-01"))
    plan.in_person_exam_on = date(2026, 12, 1)
    draft = draft_of(order_clinic.session, plan.patient_id)
    assert order_clinic.sign(draft, now=on("2027-01-01", 11)).state == "signed"


def test_a_look_into_the_program_counts_a_day_in_the_patients_state_for_this_patient(session, order_clinic, plan):
    patient, by = order_clinic.patient_of(plan), order_clinic.doctor
    draft, other = order_clinic.draft(plan), order_clinic.treated()
    yesterday = NOW - timedelta(days=1)
    old = a_check(session, patient, by=by, checked_at=yesterday - timedelta(minutes=1))
    anothers = a_check(session, order_clinic.patient_of(other), by=by)
    for check, sentence in ((old, "24 hours old and counts for 24"), (anothers, "another patient's")):
        with pytest.raises(OrderRefused, match=sentence) as refused:
            order_clinic.sign(draft, check=check)
        assert refused.value.field == "pdmp_check_id"
    assert order_clinic.sign(draft, check=a_check(session, patient, by=by, checked_at=yesterday)).state == "signed"


def test_where_the_program_was_out_of_reach_three_days_are_ordered_at_most(session, order_clinic, plan):
    patient, by = order_clinic.patient_of(plan), order_clinic.doctor
    outage = {"result": "unavailable", "reference": None, "outage": "Down since 8; read the last report of November 2."}
    draft = order_clinic.draft(plan)
    with pytest.raises(OrderRefused, match="at most 3 days are ordered, not 28"):
        order_clinic.sign(draft, check=a_check(session, patient, by=by, **outage))
    small = replace(FIELDS, quantity=2, days_supply=3)
    wanted = {"order_id": draft.id, "pharmacy_id": draft.pharmacy_id, "fields": small, "version": draft.version}
    change_draft(session, by=by, now=NOW, **wanted)
    assert order_clinic.sign(draft, check=a_check(session, patient, by=by, **outage)).state == "signed"


def test_a_page_can_say_everything_that_is_missing_at_once(session, order_clinic, plan):
    draft = order_clinic.draft(plan)
    check = a_check(session, order_clinic.patient_of(plan), by=order_clinic.doctor)
    _no_dea(order_clinic, draft)
    _no_pharmacy_license(order_clinic, draft)
    signing = signing_of(session, draft, issued_on=TODAY, now=NOW)
    found = obstacles(session, signing, pdmp_check_id=check.id)
    assert [each.field for each in found] == ["physician_id", "pharmacy_id"]


def test_signing_an_amendment_ends_the_order_that_it_amends(session, order_clinic, plan):
    first = order_clinic.signed(plan)
    wanted = {"order_id": first.id, "pharmacy_id": first.pharmacy_id, "by": order_clinic.doctor, "now": NOW}
    second = amend_order(session, fields=replace(FIELDS, quantity=6), **wanted)
    assert (first.state, second.state, second.amends_id) == ("signed", "draft", first.id)
    order_clinic.sign(second)
    assert (first.state, second.state) == ("replaced", "signed")
    assert live_orders_of(session, [plan.patient_id]) == {plan.patient_id: second}
    assert is_intact(first)
    with pytest.raises(WrongState, match="is replaced"):
        amend_order(session, fields=FIELDS, **wanted)


def test_signing_twice_is_refused(session, order_clinic, plan):
    order = order_clinic.signed(plan)
    with pytest.raises(WrongState, match="signed already"):
        sign_order(
            session,
            order_id=order.id,
            version=order.version,
            pdmp_check_id=order.pdmp_check_id,
            issued_on=TODAY,
            has_stepped_up=True,
            by=order_clinic.doctor,
            now=NOW,
        )


@pytest.mark.parametrize(
    "change",
    [
        "quantity = 30",
        "refills = 5",
        "strength_value = 9",
        "drug_sealed = null",
        "issued_on = issued_on - 1, expires_on = (issued_on - 1 + interval '6 months')::date",
        "patient_id = gen_random_uuid()",
        "content_hash = 'x'",
        "signed_at = signed_at + interval '1 day'",
    ],
)
def test_the_database_itself_keeps_what_was_signed(session, order_clinic, plan, change: str):
    order = order_clinic.signed(plan)
    statement = text(f"update prescription set {change} where id = :id")  # noqa: S608 - the test's own words
    with pytest.raises(IntegrityError, match="never changes"), session.begin_nested():
        session.execute(statement, {"id": order.id})


@pytest.mark.parametrize("refills", [-1, 6])
def test_the_database_itself_refuses_such_refills(session, order_clinic, plan, refills: int):
    with pytest.raises(IntegrityError, match="refills"), session.begin_nested():
        order_clinic.draft(plan, fields=replace(FIELDS, refills=refills))


def test_a_changed_content_is_noticed(order_clinic, plan):
    order = order_clinic.signed(plan)
    order.quantity = 30
    assert not is_intact(order)
    order.quantity = 12
    order.signed_content = order.signed_content.replace('"quantity":12', '"quantity":30')
    assert not is_intact(order)
