"""Pharmacies, licenses and registrations: what may be written down, and what holds where on which day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile, Invalid
from clinic.kernel.journal import take_entries
from clinic.medication.actions.pharmacies import (
    add_pharmacy,
    change_pharmacy,
    end_pharmacy_license,
    record_pharmacy_license,
    retire_pharmacy,
)
from clinic.medication.actions.registrations import end_registration
from clinic.medication.errors import PharmacyRefused, UnknownPharmacy
from clinic.medication.queries.pharmacies import licensed, licenses_of, pharmacies, pharmacies_by_id, pharmacy
from clinic.medication.queries.registrations import (
    registered,
    registration_on,
    registrations_of,
)
from clinic.medication.rules.registering import (
    NewPharmacyLicense,
    NewRegistration,
    checked_pharmacy,
    checked_pharmacy_license,
    checked_registration,
    is_dea_number,
)
from tests.domains.medication.medication_makers import DEA_NUMBER, PHARMACY, a_pharmacy, a_registration
from tests.domains.scheduling.calendar_makers import FAR_AHEAD, LONG_AGO, NOW
from tests.domains.treatment.plan_makers import ADMIN, CourseClinic

TODAY = date(2026, 11, 23)
LICENSE = NewPharmacyLicense(state="FL", number="ph 1", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
REGISTRATION = NewRegistration(
    kind="dea", state="FL", number="bo1234563", address="5 Clinic Road", valid_from=LONG_AGO, valid_until=FAR_AHEAD
)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("BO1234563", True),
        ("F91234563", True),
        ("BO1234564", False),
        ("B11234563", False),
        ("BO123456", False),
        ("BO12345630", False),
        ("bo1234563", False),
        ("", False),
    ],
)
def test_the_last_digit_of_a_dea_number_checks_the_others(number: str, is_one: bool):
    assert is_dea_number(number) is is_one


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"address": ""}, "address"),
        ({"phone": "12"}, "phone"),
        ({"dea_number": "FI1234560"}, "dea_number"),
        ({"channel": "fax"}, "channel"),
    ],
)
def test_a_pharmacy_is_not_written_down_so(change: dict[str, str], field: str):
    with pytest.raises(Invalid) as refused:
        checked_pharmacy(replace(PHARMACY, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "TX"}, "state"),
        ({"number": ""}, "number"),
        ({"number": "x" * 41}, "number"),
        ({"valid_until": LONG_AGO - timedelta(days=1)}, "valid_until"),
        ({"kind": "other"}, "kind"),
        ({"kind": "cds"}, "kind"),
        ({"number": "BO1234560"}, "number"),
    ],
)
def test_a_registration_is_not_written_down_so(change: dict[str, object], field: str):
    with pytest.raises(PharmacyRefused) as refused:
        checked_registration(replace(REGISTRATION, **change))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_numbers_are_kept_in_capitals_and_new_jersey_has_its_own_registration():
    assert checked_registration(REGISTRATION).number == DEA_NUMBER
    assert checked_pharmacy_license(LICENSE).number == "PH 1"
    assert checked_registration(replace(REGISTRATION, kind="cds", state="NJ", number="d1")).number == "D1"


def test_a_pharmacy_is_added_changed_and_retired(session):
    made = a_pharmacy(session, states=("FL",))
    with pytest.raises(PharmacyRefused, match="this name"):
        add_pharmacy(session, new=PHARMACY, by=ADMIN, now=NOW)
    take_entries(session)
    wanted = {"pharmacy_id": made.id, "new": replace(PHARMACY, address="2 Mortar Way"), "by": ADMIN, "now": NOW}
    with pytest.raises(ChangedMeanwhile):
        change_pharmacy(session, version=made.version + 1, **wanted)
    change_pharmacy(session, version=made.version, **wanted)
    assert take_entries(session)[-1].details["before"] == {"address": PHARMACY.address}
    for _ in range(2):
        retire_pharmacy(session, pharmacy_id=made.id, version=made.version, by=ADMIN, now=NOW)
    assert pharmacies(session) == []
    assert pharmacies(session, includes_retired=True) == [made]
    assert pharmacies_by_id(session, [made.id]) == {made.id: made}
    with pytest.raises(UnknownPharmacy):
        pharmacy(session, ADMIN.id)


def test_a_pharmacy_sends_into_a_state_from_the_first_day_of_its_license_to_the_last(session):
    made = a_pharmacy(session, states=())
    row = record_pharmacy_license(
        session, pharmacy_id=made.id, new=replace(LICENSE, valid_from=TODAY), by=ADMIN, now=NOW
    )
    with pytest.raises(PharmacyRefused, match="listed already"):
        record_pharmacy_license(session, pharmacy_id=made.id, new=LICENSE, by=ADMIN, now=NOW)
    end = {"license_id": row.id, "by": ADMIN, "now": NOW}
    with pytest.raises(PharmacyRefused, match="before the first"):
        end_pharmacy_license(session, valid_until=TODAY - timedelta(days=1), version=row.version, **end)
    end_pharmacy_license(session, valid_until=TODAY, version=row.version, **end)
    assert licenses_of(session, made.id) == [row]
    held = [licensed(session, [made.id], on=TODAY + timedelta(days=days)) for days in (-1, 0, 1)]
    assert held == [set(), {(made.id, "FL")}, set()]


def test_a_registration_holds_in_its_state_and_on_its_days(session):
    okafor = CourseClinic(session).okafor
    soon = TODAY + timedelta(days=20)
    old = a_registration(session, okafor, valid_until=soon)
    with pytest.raises(PharmacyRefused, match="listed already"):
        a_registration(session, okafor)
    assert registration_on(session, okafor.id, kind="dea", state="FL", on=soon) is old
    assert registration_on(session, okafor.id, kind="dea", state="NJ", on=soon) is None
    assert registration_on(session, okafor.id, kind="dea", state="FL", on=soon + timedelta(days=1)) is None
    assert registered(session, [okafor.id], on=TODAY) == {(okafor.id, "dea", "FL")}
    new = a_registration(session, okafor, number="BO1234575")
    assert registrations_of(session, okafor.id) == [new, old]
    wanted = {"registration_id": new.id, "valid_until": TODAY, "version": new.version, "by": ADMIN, "now": NOW}
    assert end_registration(session, **wanted).valid_until == TODAY
