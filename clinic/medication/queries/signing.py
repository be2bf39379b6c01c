"""What an order would say if it were signed now, and everything that keeps it from being signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.models import PdmpCheck, PrescriberRegistration, Prescription
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.pdmp import check
from clinic.medication.queries.pharmacies import licensed, pharmacy
from clinic.medication.queries.registrations import registration_on
from clinic.medication.rules.pdmp import MOST_DAYS_IN_OUTAGE, PROGRAM, PdmpResult, counts_until
from clinic.medication.rules.registering import RegistrationKind
from clinic.medication.rules.signed_content import STATES_WITH_OWN_REGISTRATION, OrderContent
from clinic.people.models import Licence, Patient, Physician
from clinic.people.queries import licences_by_physician, patient, physician, record_ids, survivor_of
from clinic.people.rules import STATES, PatientStatus
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.plans import plan_of_patient
from clinic.treatment.rules.legal import (
    BLOCK_WAY_OUT,
    LegalVisit,
    Level,
    day_in_full,
    ended_before,
    ended_words,
    uncovered,
)

_NOBODY = "Nobody can set this aside."
_LICENSED_BY = {"FL": "s. 456.47, Florida Statutes", "NJ": "N.J.S.A. 45:1-62"}
_SENT_BY = {"FL": "s. 465.0156, Florida Statutes", "NJ": "N.J.S.A. 45:14-73"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that keeps an order from being signed: the field it is about, and a sentence with the way out."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """An order about to be signed: what was looked at, on which of the patient's days."""

    order: Prescription
    patient: Patient
    physician: Physician
    issued_on: date
    now: datetime

    @property
    def today(self) -> date:
        """Return the patient's own date."""
        return in_zone(self.now, self.patient.zone).date()


def signing_of(session: Session, order: Prescription, *, issued_on: date, now: datetime) -> Signing:
    """Return the facts of an order about to be signed; of a merged record the one that lives on counts."""
    living = patient(session, survivor_of(session, order.patient_id) or order.patient_id)
    author = physician(session, order.physician_id)
    return Signing(order=order, patient=living, physician=author, issued_on=issued_on, now=now)


def obstacles(session: Session, signing: Signing, *, pdmp_check_id: UUID) -> tuple[Obstacle, ...]:
    """Return everything that keeps the order from being signed, in the order of the record; empty when nothing does."""
    looked = check(session, pdmp_check_id)
    return (
        *_about_the_patient(session, signing),
        *_about_the_prescriber(session, signing),
        *_about_the_law(session, signing),
        *_about_the_pharmacy(session, signing),
        *_about_the_program(session, signing, looked),
        *_about_the_day(signing),
    )


def content_of(session: Session, signing: Signing) -> OrderContent:
    """Return everything that would be signed; what is missing is empty, which the rules refuse."""
    order, person = signing.order, signing.patient
    dea = _registration(session, signing, RegistrationKind.DEA)
    cds = _registration(session, signing, RegistrationKind.CDS)
    licence, from_where = _licence(session, signing), pharmacy(session, order.pharmacy_id)
    return OrderContent(
        order_id=order.id,
        plan_id=order.plan_id,
        issued_on=signing.issued_on,
        schedule=order.schedule,
        patient_name=f"{person.legal_first_name} {person.legal_last_name}",
        patient_address=f"{person.address_line}, {person.city}, {person.state} {person.postal_code}",
        patient_born_on=person.birth_date,
        patient_state=person.state,
        drug=order.drug or "",
        form=order.form,
        route=order.route,
        strength_value=order.strength_value,
        strength_unit=order.strength_unit,
        quantity=order.quantity,
        units_per_session=order.units_per_session,
        days_supply=order.days_supply,
        refills=order.refills,
        directions=order.directions or "",
        indication=order.indication or "",
        prescriber_name=f"{signing.physician.full_name}, {signing.physician.credential}",
        prescriber_address=dea.address if dea else "",
        dea_number=dea.number if dea else "",
        cds_number=cds.number if cds else None,
        license_number=licence.number if licence else "",
        pharmacy_name=from_where.name,
        pharmacy_address=from_where.address,
    )


def _about_the_patient(session: Session, signing: Signing) -> Iterator[Obstacle]:
    person, order = signing.patient, signing.order
    if person.status != PatientStatus.ACTIVE:
        yield Obstacle("patient_id", f"This patient is {person.status}, so nothing is ordered. {_NOBODY}")
    plan = plan_of_patient(session, person.id)
    if plan is None or plan.id != order.plan_id:
        yield Obstacle(
            "plan_id", "The plan that this order belongs to has ended. Cancel the draft, write it in the new one."
        )
    live = live_order_of(session, person.id)
    if live is not None and live.id != order.amends_id:
        yield Obstacle(
            "patient_id", "This patient has another order that still counts. Amend that one, or stop it first."
        )


def _about_the_prescriber(session: Session, signing: Signing) -> Iterator[Obstacle]:
    code, day = signing.patient.state, f"{signing.issued_on:%m/%d/%Y}"
    name, state = signing.physician.full_name, STATES[code]
    until_then = f"{_NOBODY} Record it if there is one, or ask a colleague who has one."
    if _licence(session, signing) is None:
        yield Obstacle(
            "physician_id", f"{name} has no license in {state} on {day} ({_LICENSED_BY[code]}). {until_then}"
        )
    if _registration(session, signing, RegistrationKind.DEA) is None:
        sentence = (
            f"{name} has no DEA registration in {state} on {day}; each state needs one (71 FR 69478). {until_then}"
        )
        yield Obstacle("physician_id", sentence)
    needs_own = signing.patient.state in STATES_WITH_OWN_REGISTRATION
    if needs_own and _registration(session, signing, RegistrationKind.CDS) is None:
        yield Obstacle(
            "physician_id", f"{name} has no CDS registration of {state} on {day} (N.J.S.A. 24:21). {until_then}"
        )


def _about_the_law(session: Session, signing: Signing) -> Iterator[Obstacle]:
    plan = plan_of_patient(session, signing.patient.id)
    exam_on = plan.in_person_exam_on if plan else None
    visit = LegalVisit(signing.patient.state, signing.issued_on)
    bases = legal_bases(session)
    lacking = uncovered(bases, visit, exam_on=exam_on)
    if lacking is not None:
        since = f"From {day_in_full(lacking.since)} no" if lacking.since else "No"
        rule = "federal rule" if lacking.level is Level.FEDERAL else f"rule of {STATES[lacking.state]}"
        ended = ended_words(ended_before(bases, lacking))
        yield Obstacle("issued_on", f"{since} {rule} covers an order by telemedicine. {ended} {BLOCK_WAY_OUT}")


def _about_the_pharmacy(session: Session, signing: Signing) -> Iterator[Obstacle]:
    chosen, state = pharmacy(session, signing.order.pharmacy_id), signing.patient.state
    if chosen.retired_at is not None:
        yield Obstacle("pharmacy_id", f"{chosen.name} takes no new orders. Choose another pharmacy.")
    if (chosen.id, state) not in licensed(session, [chosen.id], on=signing.issued_on):
        sentence = f"{chosen.name} has no license to send to {STATES[state]} on {signing.issued_on:%m/%d/%Y}"
        sentence += f" ({_SENT_BY[state]}). {_NOBODY}"
        yield Obstacle("pharmacy_id", f"{sentence} Record it if there is one, or choose another pharmacy.")


def _about_the_program(session: Session, signing: Signing, looked: PdmpCheck) -> Iterator[Obstacle]:
    state = signing.patient.state
    again = f"Look into {STATES[state]}'s program ({PROGRAM[state]}) and enter that. {_NOBODY}"
    if looked.patient_id not in record_ids(session, signing.patient.id):
        yield Obstacle("pdmp_check_id", f"This look into the program is another patient's. {again}")
    if looked.state != state:
        yield Obstacle("pdmp_check_id", f"This look is into {STATES[looked.state]}'s program. {again}")
    days = number(session, PolicyKey.PDMP_VALID_DAYS)
    if signing.now > counts_until(looked.checked_at, valid_days=days):
        ago = (signing.now - looked.checked_at) // timedelta(hours=1)
        yield Obstacle("pdmp_check_id", f"This look is {ago} hours old and counts for {24 * days}. {again}")
    if looked.result == PdmpResult.UNAVAILABLE and signing.order.days_supply > MOST_DAYS_IN_OUTAGE:
        yield Obstacle(
            "days_supply",
            f"The program could not be reached, so at most {MOST_DAYS_IN_OUTAGE} days are ordered, not "
            f"{signing.order.days_supply} ({PROGRAM['FL']}). Try the program again, or order less. {_NOBODY}",
        )


def _about_the_day(signing: Signing) -> Iterator[Obstacle]:
    if signing.issued_on != signing.today:
        yield Obstacle(
            "issued_on",
            f"An order has the date of its signing, {signing.today:%m/%d/%Y} where the patient is, not "
            f"{signing.issued_on:%m/%d/%Y} (21 CFR 1306.05(a)). {_NOBODY} Sign it with today's date.",
        )


def _licence(session: Session, signing: Signing) -> Licence | None:
    """Return the license that holds where the patient is on the day, the one that ends last."""
    day, state = signing.issued_on, signing.patient.state
    held = licences_by_physician(session, [signing.physician.id])[signing.physician.id]
    fit = [each for each in held if each.state == state and each.valid_from <= day <= each.valid_until]
    return max(fit, key=lambda each: each.valid_until, default=None)


def _registration(session: Session, signing: Signing, kind: RegistrationKind) -> PrescriberRegistration | None:
    return registration_on(session, signing.physician.id, kind=kind, state=signing.patient.state, on=signing.issued_on)
