"""Decisions about people as pure functions: no database, no clock, no input or output but package data."""

from clinic.people.rules.ages import age_on, day_of_age, require_birth_date
from clinic.people.rules.care import CareReason
from clinic.people.rules.consent import (
    CONSENT_SOURCES,
    LIFTED_BY_TEXT_ONLY,
    ConsentChange,
    ConsentGiven,
    ConsentSource,
    ConsentWording,
    current_wording,
    is_texting_allowed,
    require_consent,
    wording,
)
from clinic.people.rules.contact import city_name, email_address, email_warning, postal_code, street_line
from clinic.people.rules.counties import STATES, County, counties, county, zone_for
from clinic.people.rules.names import display_name, formal_name, key_of_name, person_name
from clinic.people.rules.patients import (
    Language,
    NewPatient,
    PatientFacts,
    PatientStatus,
    checked_patient,
    search_words,
)
from clinic.people.rules.physicians import NewLicence, NewPhysician, checked_licence, checked_physician

__all__ = [
    "CONSENT_SOURCES",
    "LIFTED_BY_TEXT_ONLY",
    "STATES",
    "CareReason",
    "ConsentChange",
    "ConsentGiven",
    "ConsentSource",
    "ConsentWording",
    "County",
    "Language",
    "NewLicence",
    "NewPatient",
    "NewPhysician",
    "PatientFacts",
    "PatientStatus",
    "age_on",
    "checked_licence",
    "checked_patient",
    "checked_physician",
    "city_name",
    "counties",
    "county",
    "current_wording",
    "day_of_age",
    "display_name",
    "email_address",
    "email_warning",
    "formal_name",
    "is_texting_allowed",
    "key_of_name",
    "person_name",
    "postal_code",
    "require_birth_date",
    "require_consent",
    "search_words",
    "street_line",
    "wording",
    "zone_for",
]
