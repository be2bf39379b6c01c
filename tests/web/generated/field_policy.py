"""Which columns each kind of visitor may see: the whole policy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sees:
    """The fields that a visitor finds on any page: of their own, of everybody else's, and of nobody but the clinic."""

    own: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    clinics: frozenset[str] = frozenset()


def _fields(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OWN_ACCOUNT = "staff_account.full_name staff_account.email"
_NAMES_OF_STAFF = "staff_account.full_name physician.full_name"
_IDENTITY = (
    "patient.record_number patient.legal_first_name patient.legal_last_name patient.preferred_name patient.birth_date"
)
_CONTACT = "phone.e164 patient.email patient.address_line_sealed patient.city patient.postal_code"
_OWN_TIME_ONLY = "physician.join_url availability_override.note"
_OWN_TIME = f"{_OWN_TIME_ONLY} physician.full_name"
_AT_HOME = "treatment_plan.support_name_sealed treatment_plan.support_phone_sealed treatment_plan.place_sealed"
_DECIDED = (
    "treatment_plan.indication_sealed plan_phase.reason_sealed plan_change.reason_sealed plan_change.details_sealed "
    "treatment_session.outcome_reason_sealed"
)
_MONITORED = (
    "answer.value answer.value_on score.value clinical_finding.note_sealed flag.sentence flag_disposition.note_sealed "
    "visit_note.words_sealed visit_note.data_sealed visit_note_addendum.words_sealed "
    "taper_plan.relapse_plan_sealed taper_step.direction_sealed panel_view.name readiness_override.reason_sealed"
)
_PRESCRIBED = (
    "prescription.drug_sealed prescription.strength_value prescription.strength_unit prescription.directions_sealed "
    "prescription.indication_sealed prescription.external_reference prescription_event.reason_sealed "
    "pdmp_check.reference pdmp_check.note_sealed pdmp_check.outage_sealed refill_decision.override_reason_sealed "
    "refill_request.answer_sealed supply_claim.words_sealed supply_claim.settlement_sealed lot.number "
    "shipment.tracking_number disposal.witness_sealed"
)
_SIGNED = (
    "patient.address_line_sealed patient.city patient.postal_code shipment.address_sealed licence.number "
    "prescriber_registration.number prescriber_registration.address"
)
"""What an order says beside what the physician writes into it; the parcel goes to the address of the order."""
_DELIVERED = (
    "fill.pharmacy_reference fill_event.reason_sealed lot.number lot_recall.source lot_recall.reason_sealed "
    "receipt.lot_number shipment.address_sealed shipment.tracking_number tracking_event.detail tracking_event.place"
)
_ENDS_OF_LAW = "work_item.reason_sealed"
"""The task about a legal basis that ends says what the page of legal bases says."""
_ABSENCES = "work_item.reason_sealed"
"""The task of a list of visits whose physician is out is about nobody in particular."""
_IMPORTS = "patient_import.file_name patient_import_rejection.row_sealed"

POLICY = {
    "anonymous": Sees(),
    "holder of a link": Sees(own=_fields("link_token")),
    "patient": Sees(
        own=_fields(
            "link_token patient.email phone.e164 support_person.name_sealed patient.address_line_sealed patient.city "
            "patient.postal_code"
        ),
        others=_fields("physician.full_name"),
    ),
    "patient with messages": Sees(own=_fields("secure_message.body_sealed")),
    "patient with a check-in": Sees(own=_fields("answer.value")),
    "patient with deliveries": Sees(
        own=_fields("lot.number shipment.tracking_number patient.address_line_sealed patient.city patient.postal_code")
    ),
    "patient signed in": Sees(
        own=_fields(
            "patient.email secure_message.body_sealed lot.number shipment.tracking_number patient.address_line_sealed "
            "patient.city patient.postal_code consent_signature.typed_name_sealed "
            "consent_signature.released_to_sealed patient.preferred_name phone.e164 support_person.name_sealed"
        ),
        others=_fields("physician.full_name"),
    ),
    "patient with a plan": Sees(),
    "patient with forms": Sees(own=_fields("consent_signature.typed_name_sealed consent_signature.released_to_sealed")),
    "patient with an intake": Sees(
        own=_fields("patient.address_line_sealed patient.city patient.postal_code"),
    ),
    "support person": Sees(own=_fields("patient.preferred_name")),
    "invited": Sees(own=_fields(f"invitation_token {_OWN_ACCOUNT}")),
    "newly hired": Sees(own=_fields(f"reset_token staff_account.totp_seed_sealed {_OWN_ACCOUNT}")),
    "coordinator": Sees(
        own=_fields(_OWN_ACCOUNT),
        others=_fields(
            f"{_NAMES_OF_STAFF} {_IDENTITY} {_CONTACT} inbound_text.body_sealed "
            "secure_message.body_sealed work_item.reason_sealed "
            "staff_account.email licence.number availability_override.note appointment.note_sealed "
            "support_person.name_sealed "
            f"contact_entry.body_sealed patient.status_reason {_AT_HOME} {_DELIVERED} credit_note.reason "
            "consent_signature.typed_name_sealed consent_signature.released_to_sealed consent_withdrawal.note_sealed "
            "physician_transfer.reason_sealed physician_transfer.answer_sealed"
        ),
        clinics=_fields(f"{_IMPORTS} {_ABSENCES} pharmacy.name pharmacy.phone"),
    ),
    "physician": Sees(
        own=_fields(
            f"{_OWN_ACCOUNT} {_IDENTITY} phone.e164 {_OWN_TIME} {_AT_HOME} {_DECIDED} {_MONITORED} "
            f"secure_message.body_sealed {_PRESCRIBED} {_SIGNED} subscription_event.reason_sealed "
            "intake_decision.reason_sealed intake_decision.evidence_hash physician_transfer.reason_sealed "
            "physician_transfer.answer_sealed"
        ),
        others=_fields(_NAMES_OF_STAFF),
        clinics=_fields(f"{_ENDS_OF_LAW} pharmacy.name pharmacy.address"),
    ),
    "newcomer": Sees(
        own=_fields(f"{_OWN_ACCOUNT} {_OWN_TIME}"),
        others=_fields(_NAMES_OF_STAFF),
        clinics=_fields(_ENDS_OF_LAW),
    ),
    "admin": Sees(
        own=_fields(_OWN_ACCOUNT),
        others=_fields(
            f"{_NAMES_OF_STAFF} staff_account.email physician.join_url licence.number availability_override.note "
            "patient.record_number emergency_access.reason_sealed emergency_access.review_note_sealed "
            "work_item.reason_sealed prescriber_registration.number prescriber_registration.address "
            "payment.gateway_payment_id refund.gateway_refund_id"
        ),
        clinics=_fields(
            "work_item.reason_sealed pharmacy.name pharmacy.address pharmacy.phone pharmacy.dea_number "
            "pharmacy_licence.number"
        ),
    ),
}
"""Visitor -> what appears somewhere in the pages, calendar files and redirects that they get: no more and no less.

A patient's own e-mail address stands in the calendar file as the invited one, and the own link's token in the page that
asks for a new one, whose address it is. The `holder of a link` has not told the
birth date yet, the `newly hired` has given a password and no second factor, and the `newcomer` is a physician with no
patients. A coordinator and an administrator own nothing but their account.
"""
