"""Verbs on patients, phones, consent, physicians, licenses and care teams; nobody is ever deleted."""

from clinic.people.actions.care_team import end_visit_access, join_care_team, leave_care_team
from clinic.people.actions.consent import opt_in, opt_out, record_consent
from clinic.people.actions.covers import name_cover, remove_cover
from clinic.people.actions.emergency import end_access, end_over, open_record, review_access
from clinic.people.actions.fluids import note_fluid_restriction
from clinic.people.actions.merging import merge_records
from clinic.people.actions.patients import add_patient, change_address, edit_patient
from clinic.people.actions.phones import keep_phone
from clinic.people.actions.physicians import add_licence, add_physician, edit_licence, edit_physician
from clinic.people.actions.statuses import change_status

__all__ = [
    "add_licence",
    "add_patient",
    "add_physician",
    "change_address",
    "change_status",
    "edit_licence",
    "edit_patient",
    "edit_physician",
    "end_access",
    "end_over",
    "end_visit_access",
    "join_care_team",
    "keep_phone",
    "leave_care_team",
    "merge_records",
    "name_cover",
    "note_fluid_restriction",
    "open_record",
    "opt_in",
    "opt_out",
    "record_consent",
    "remove_cover",
    "review_access",
]
