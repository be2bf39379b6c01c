"""Rows of many patients at once, where rows of a record that was merged into another are the living one's."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, func, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

from clinic.kernel.statements import among
from clinic.people.models import Patient

LIVES_ON: ColumnElement[UUID] = func.coalesce(Patient.merged_into_id, Patient.id)
"""The record that a row's patient is today; the row's table is joined to the patient's."""

OF_PATIENTS: ColumnElement[bool] = or_(among(Patient.id, "of_patients"), among(Patient.merged_into_id, "of_patients"))
"""A row's patient is, or was merged into, one of the list `of_patients` that is given when the statement runs."""


def one_of(column: InstrumentedAttribute[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these ids; however many they are, they are one parameter."""
    return column == func.any(literal(list(ids), ARRAY(Uuid)))


def of_these(patient_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a row's patient is, or was merged into, one of these; the ids are one parameter."""
    asked = func.any(literal(list(patient_ids), ARRAY(Uuid)))
    return or_(Patient.id == asked, Patient.merged_into_id == asked)
