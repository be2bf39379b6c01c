"""The wordings of reasons: three for each, nothing clinical outside the physician's, and who may set one aside."""

import pytest

from clinic.medication.rules.gate import Moment, reasons_to_wait
from clinic.medication.rules.reasons import (
    Reason,
    ReasonCode,
    for_coordinator,
    for_patient,
    said_to_physician,
    wording,
)
from clinic.messaging.rules.forbidden import CLINICAL, PRICE, unaccented
from tests.domains.medication.rule_makers import POLICY
from tests.domains.medication.test_gate_rules import ALONE

DOCTOR = "Dr. Okafor"
NEVER = {
    "patient_inactive",
    "no_plan",
    "plan_over",
    "holds_open",
    "no_order",
    "order_not_active",
    "order_expired",
    "order_used_up",
    "prescriber_no_license",
    "prescriber_no_dea",
    "prescriber_no_cds",
    "no_legal_basis",
    "pdmp_missing",
    "pdmp_old",
    "pdmp_other_state",
    "pdmp_outage",
    "consents_missing",
    "pharmacy_no_license",
    "address_not_served",
    "address_unconfirmed",
    "address_old",
    "no_adult",
    "lots_unknown",
    "lot_recalled",
    "lot_beyond_use",
}
"""What the law, an agreement or a hold asks for: no physician's word takes its place."""


def found(code):
    """Return the reason as the gate gives it, with its real values."""
    [reason] = next(said for moment in Moment if (said := reasons_to_wait(ALONE[code], POLICY, moment)))
    return reason


def test_only_the_clinics_own_limits_can_be_set_aside():
    assert {code for code in ReasonCode if wording(code).override is None} == NEVER
    assert {wording(code).override for code in set(ReasonCode) - NEVER} == {"physician"}


@pytest.mark.parametrize("code", ReasonCode)
def test_a_physician_reads_value_and_what_to_do_and_every_reason_has_a_source(code):
    words = said_to_physician(found(code))
    assert words.endswith(".")
    assert wording(code).source
    assert "{" not in words
    assert "_" not in words


@pytest.mark.parametrize("code", ReasonCode)
def test_a_coordinator_reads_nothing_clinical_and_who_decides(code):
    words = for_coordinator(found(code), physician=DOCTOR)
    assert CLINICAL.findall(unaccented(words).replace("A clinical check", "")) == []
    assert PRICE.findall(words) == []
    assert "{" not in words
    assert DOCTOR in words or words.endswith("Nobody can set this aside.")


def test_a_coordinator_who_does_not_know_the_physician_reads_whole_sentences_too():
    assert for_coordinator(found("no_order")) == (
        "There is no order. A physician writes one. Nobody can set this aside."
    )
    assert for_coordinator(found("dispute_open")) == (
        "A report about a parcel is open. A physician decides how it goes on."
    )
    assert for_coordinator(found("holds_open")) == "A clinical check is open, a physician decides."


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("code", ReasonCode)
def test_a_patient_reads_a_neutral_sentence_in_both_languages(code, language):
    words = for_patient(found(code), language=language)
    assert CLINICAL.findall(unaccented(words)) == []
    assert PRICE.findall(unaccented(words)) == []
    assert words.endswith(".")
    assert "{" not in words


@pytest.mark.parametrize("code", ["holds_open", "pdmp_unexplained", "enough_on_hand", "count_differs"])
def test_clinical_reasons_look_alike_to_coordinators_and_carry_no_number(code):
    assert for_coordinator(found(code), physician=DOCTOR) == f"A clinical check is open, {DOCTOR} decides."


def test_values_are_said_as_people_say_them():
    early = found("too_early")
    assert said_to_physician(early) == (
        "What was sent on Nov 5, 2026 lasts 21 days, so more can be sent from Nov 24, 2026."
    )
    assert for_coordinator(early, physician=DOCTOR) == (
        f"The next parcel can leave from Nov 24, 2026. {DOCTOR} can decide otherwise."
    )
    assert for_patient(early, language="en") == "Your next parcel can leave from November 24, 2026."
    assert for_patient(early, language="es") == "Su próximo paquete puede salir a partir del 24 de noviembre de 2026."
    assert "there were 1 unit fewer than" in said_to_physician(found("count_differs"))
    assert "license in New Jersey" in said_to_physician(found("prescriber_no_license"))
    assert "was 2 days ago; it counts for 1 day." in said_to_physician(found("pdmp_old"))


def test_a_stored_reason_reads_the_same_later():
    reason = found("lot_beyond_use")
    assert said_to_physician(Reason.read(reason.as_json())) == said_to_physician(reason)
