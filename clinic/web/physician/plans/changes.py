"""Who changed what of a plan, every value in words and every id as the name behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.people import queries as people
from clinic.treatment import queries
from clinic.treatment.models import PlanChange
from clinic.web.physician.plans.words import field_words, value_words

_PHYSICIAN, _VERSION = "physician_id", "protocol_version_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One change with each field before and after."""

    change: PlanChange
    fields: Sequence[tuple[str, str, str]]


def changes_in_words(session: Session, plan_id: UUID) -> list[Changed]:
    """Return the changes of a plan, the newest first."""
    changes = [(change, queries.change_details(change)) for change in queries.changes_of(session, plan_id)]
    names = _names(session, [details for _, details in changes])
    return [
        Changed(
            change=change,
            fields=[
                (field_words([field]), _said(before, names), _said(after, names))
                for field, (before, after) in details.items()
            ],
        )
        for change, details in changes
    ]


def _said(value: object, names: Mapping[str, str]) -> str:
    return names.get(str(value)) or value_words(value)


def _names(session: Session, changes: Sequence[Mapping[str, tuple[object, object]]]) -> dict[str, str]:
    """Return the names behind the ids of physicians and versions that the changes hold."""
    wanted = {field: _ids(changes, field) for field in (_PHYSICIAN, _VERSION)}
    physicians = people.physicians_by_id(session, wanted[_PHYSICIAN])
    versions = {each: queries.protocol_named(session, each) for each in wanted[_VERSION]}
    return {str(each): found.full_name for each, found in physicians.items()} | {
        str(each): f"{name}, version {number}" for each, (name, number) in versions.items()
    }


def _ids(changes: Sequence[Mapping[str, tuple[object, object]]], field: str) -> set[UUID]:
    return {UUID(str(each)) for details in changes for each in details.get(field, ()) if each}
