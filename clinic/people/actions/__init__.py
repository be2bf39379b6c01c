"""Verbs on patients, phones, consent, physicians, licenses and care teams; nobody is ever deleted."""

from clinic.people.actions.care_team import end_visit_access, join_care_team, leave_care_team
from clinic.people.actions.consent import opt_in, opt_out, record_consent
from clinic.people.actions.patients import add_patient, edit_patient
from clinic.people.actions.phones import keep_phone
from clinic.people.actions.physicians import add_licence, add_physician, edit_licence, edit_physician

__all__ = [
    "add_licence",
    "add_patient",
    "add_physician",
    "edit_licence",
    "edit_patient",
    "edit_physician",
    "end_visit_access",
    "join_care_team",
    "keep_phone",
    "leave_care_team",
    "opt_in",
    "opt_out",
    "record_consent",
]
