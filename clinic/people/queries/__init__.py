"""Reads of patients, phones, consent, physicians, licenses and care teams."""

from clinic.people.queries.care_team import care_team_of, may_see, patient_for, patients_of_physician
from clinic.people.queries.consent import Contact, consent_events, consent_for_share, consent_of, contact_of
from clinic.people.queries.patients import (
    birth_date_of,
    lock_patient,
    patient,
    patients_by_id,
    patients_with_phone,
    phone_by_number,
    phone_of,
    phones_by_id,
    possible_duplicates,
)
from clinic.people.queries.physicians import (
    active_physicians,
    all_physicians,
    licence,
    licences_by_physician,
    licences_ending,
    lock_physician,
    physician,
    physician_of_staff,
    physicians_by_id,
)
from clinic.people.queries.search import PatientRow, PatientSort, count_patients, page_of_patients, rows_of, search

__all__ = [
    "Contact",
    "PatientRow",
    "PatientSort",
    "active_physicians",
    "all_physicians",
    "birth_date_of",
    "care_team_of",
    "consent_events",
    "consent_for_share",
    "consent_of",
    "contact_of",
    "count_patients",
    "licence",
    "licences_by_physician",
    "licences_ending",
    "lock_patient",
    "lock_physician",
    "may_see",
    "page_of_patients",
    "patient",
    "patient_for",
    "patients_by_id",
    "patients_of_physician",
    "patients_with_phone",
    "phone_by_number",
    "phone_of",
    "phones_by_id",
    "physician",
    "physician_of_staff",
    "physicians_by_id",
    "possible_duplicates",
    "rows_of",
    "search",
]
