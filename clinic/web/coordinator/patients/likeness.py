"""The page that asks whether a person is one whom the clinic already knows."""

from http import HTTPStatus

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel import journal
from clinic.people import queries, rules
from clinic.people.errors import DuplicatePatient
from clinic.web.coordinator.patients.details import DetailsForm
from clinic.web.coordinator.patients.wording import AGREEMENTS
from clinic.web.frame.requests import actor, now, runtime

_CONFIRMED = "not_duplicate_of"


def offer_existing(
    form: DetailsForm, alike: DuplicatePatient, *, endpoint: str, verb: str, **place: str
) -> ResponseReturnValue:
    """Show who the person may be, with what agrees; "another person" sends the typed form again as it is.

    `endpoint` and `place` say where the form goes, `verb` is its button.
    """
    with runtime().begin(by=actor()) as session:
        rows = queries.rows_of(session, alike.existing_ids)
        journal.note(
            session, "patients.compared", subject_kind="patient", subject_id=None, at=now(), patient_ids=tuple(rows)
        )
    typed = form.refused(alike).values
    page = render_template(
        "coordinator/patients/likeness.html",
        name=rules.display_name(form.legal_first_name, form.legal_last_name, form.preferred_name),
        born=form.birth_date,
        matches=[(rows[each], [AGREEMENTS[what] for what in agreeing]) for each, agreeing in alike.matches.items()],
        typed={name: value for name, value in typed.items() if name != _CONFIRMED},
        confirmed=[*form.not_duplicate_of, *alike.existing_ids],
        action=url_for(endpoint, **place),  # type: ignore[arg-type]
        verb=verb,
    )
    return page, HTTPStatus.CONFLICT
