"""Who looked at the own record: day by day, in plain words, from the same record that the clinic keeps of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from pydantic import Field

from clinic.access.queries import roles_of
from clinic.audit.queries import Looks, looks_at
from clinic.audit.rules import LookKind
from clinic.kernel import journal
from clinic.kernel.actor import ActorKind, Role
from clinic.people import queries as people
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber, read_query
from clinic.web.frame.paging import Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import reader

SEEN = "area.viewed"
_SIZE = 30
_MOST_PAGES = 1000

WORDS: Mapping[LookKind, tuple[LazyString, LazyString]] = MappingProxyType(
    {
        LookKind.RECORD: (_l("Opened your record"), _l("Your name, how to reach you, and your visits.")),
        LookKind.CHART: (
            _l("Opened your chart"),
            _l("Your answers, results and treatment, to care for you or to check that care."),
        ),
        LookKind.FORMS: (_l("Opened your forms"), _l("What you signed, or still have to sign.")),
        LookKind.SUPPLY: (_l("Opened your deliveries"), _l("What was sent to you and what you told us about it.")),
        LookKind.MONEY: (
            _l("Opened your payments"),
            _l("Your plan, your invoices and what was paid."),
        ),
        LookKind.MESSAGES: (_l("Opened your messages"), _l("Texts and secure messages between you and us.")),
        LookKind.LISTED: (
            _l("Saw you in a list"),
            _l("Your name stood in a list with other people, such as the visits of a day. Your chart was not opened."),
        ),
        LookKind.EMERGENCY: (
            _l("Opened your chart in an emergency"),
            _l("A physician who does not usually care for you had to see it. The reason is written down and reviewed."),
        ),
    }
)
"""What each kind of look is called, and what it means."""

_ROLES: tuple[tuple[Role, LazyString], ...] = (
    (Role.PHYSICIAN, _l("Physician")),
    (Role.COORDINATOR, _l("Care coordinator")),
    (Role.ADMIN, _l("Administrator")),
)


class LooksQuery(FormModel):
    """Which page."""

    page: Annotated[WholeNumber, Field(ge=1, le=_MOST_PAGES)] = 1


@blueprint.get("/me/who-looked")
@policy.patient_area(audit=SEEN)
def who_looked() -> str:
    """Show who looked at the record, the newest day first."""
    wanted = read_query(LooksQuery)
    number = wanted.page if not isinstance(wanted, FormErrors) else 1
    with runtime().begin(by=actor()) as session:
        patient = reader(session)
        journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,))
        ids = people.record_ids(session, patient.id)
        found = looks_at(session, ids, zone=patient.zone, limit=_SIZE, offset=offset_of(number, size=_SIZE))
        roles = roles_of(session, {one.actor_id for one in found.rows if one.actor_id})
        return render_template(
            "patient/area/looks.html",
            page=Page(rows=found.rows, number=number, total=found.total, size=_SIZE),
            who=lambda one: _who(one, roles.get(one.actor_id, frozenset())),
            words=WORDS,
            kinds=[kind for kind in LookKind if any(one.kind is kind for one in found.rows)],
        )


def _who(one: Looks, roles: frozenset[Role]) -> str:
    """Return who looked: physicians by name, others by what they do here; the clinic tells names when it is asked."""
    if one.actor_kind == ActorKind.PATIENT:
        return _("You, or somebody with your phone")
    word = next((str(word) for role, word in _ROLES if role in roles), _("Clinic staff"))
    return f"{one.actor_name}, {word}" if Role.PHYSICIAN in roles else word
