"""Details of one invented patient, to be varied by tests."""

from datetime import date

from clinic.people.rules import ConsentGiven, ConsentSource, NewPatient

DANA = NewPatient(
    legal_first_name="Daniela",
    legal_last_name="O\u2019Neill",
    preferred_name="Dana",
    birth_date=date(1984, 3, 12),
    phone="(305) 555-0123",
    email="Dana@Example.org",
    address_line="12 Palm Way",
    city="Miami",
    state="FL",
    postal_code="33101",
    county_fips="12086",
)
BY_PHONE = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version="sms-2026-11-en")
