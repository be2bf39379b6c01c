"""The page from which everything that shapes the clinic is reached, with one line on how each stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, url_for
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.billing.actions.hardship import LOOK_BEFORE
from clinic.billing.queries.discounts import codes, hardship_rates, open_requests
from clinic.billing.queries.plans import plans_on_sale
from clinic.billing.rules.money import shown
from clinic.consents.queries.documents import current_versions, drafted
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.medication.queries import pharmacies
from clinic.monitoring.queries import instruments as monitoring
from clinic.monitoring.rules.instruments import Wording
from clinic.oncall import queries as oncall
from clinic.oncall.rules import ROTA_SHOWS
from clinic.people import queries as people
from clinic.people.rules import STATES
from clinic.policies import queries as policies
from clinic.scheduling import queries as scheduling
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import ENDING_SEEN
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now, runtime
from clinic.worklist import queries as tasks

Summary = Callable[[Session, datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One page that the landing page leads to, with what it is for and how it stands."""

    title: str
    href: str
    purpose: str
    standing: str


@blueprint.get("/admin")
@policy.staff(Role.ADMIN, Role.PHYSICIAN)
def clinic() -> str:
    """Show the pages that the reader may open, each with how it stands."""
    with runtime().begin(by=actor()) as session:
        doors = [
            Door(title=title, href=url_for(endpoint), purpose=purpose, standing=standing(session, now()))
            for title, endpoint, purpose, standing in _DOORS
            if may_open(endpoint)
        ]
    return render_template("admin/clinic/index.html", doors=doors)


def _physicians(session: Session, at: datetime) -> str:
    active = sum(each.is_active for each in people.all_physicians(session))
    ending = len(people.licences_ending(session, before=(at + ENDING_SEEN).date()))
    return f"{_count(active, 'sees', 'see')} patients. " + _licences(ending)


def _licences(ending: int) -> str:
    if not ending:
        return f"No license ends within {ENDING_SEEN.days} days."
    return f"{_count(ending, 'license needs', 'licenses need')} a renewal within {ENDING_SEEN.days} days."


def _pharmacies(session: Session, at: datetime) -> str:
    known = [each.id for each in pharmacies.pharmacies(session)]
    today = in_zone(at, runtime().clinic.zone).date()
    reached = {state for _, state in pharmacies.licensed(session, known, on=today)}
    sends = " and ".join(STATES[state] for state in sorted(reached)) or "no state"
    return f"{_count(len(known), 'takes', 'take')} orders, for {sends}."


def _plans(session: Session, at: datetime) -> str:
    sold = plans_on_sale(session, on=in_zone(at, runtime().clinic.zone).date())
    if not sold:
        return "Nothing is sold."
    cents = [each.cents for each in sold]
    return f"{_count(len(sold), 'plan', 'plans')}, {shown(min(cents))} to {shown(max(cents))} a month."


def _discounts(session: Session, at: datetime) -> str:
    today = in_zone(at, runtime().clinic.zone).date()
    ends = [row.valid_until_on for row, _ in codes(session) if row.valid_from_on <= today]
    given = sum(end is None or end >= today for end in ends)
    return f"{given or 'None'} can be given."


def _hardship(session: Session, at: datetime) -> str:
    due_on = in_zone(at, runtime().clinic.zone).date() + LOOK_BEFORE
    asked = len(open_requests(session))
    due = sum(seen.review_on is not None and seen.review_on <= due_on for seen, _ in hardship_rates(session))
    if not asked and not due:
        return "Nothing waits."
    return f"{asked or 'None'} asked for, {due or 'none'} to look at again."


def _forms(session: Session, at: datetime) -> str:
    drafts = len(drafted(session))
    said = f"{_count(len(current_versions(session, now=at)), 'form', 'forms')} in force"
    return f"{said}, {_count(drafts, 'draft', 'drafts')}." if drafts else f"{said}."


def _closures(session: Session, at: datetime) -> str:
    today = in_zone(at, runtime().clinic.zone).date()
    ahead = scheduling.closures(session, since=today)
    return f"Next: {ahead[0].name}, {day_text(ahead[0].first_day)}." if ahead else "None ahead."


def _visit_types(session: Session, _: datetime) -> str:
    return f"{_count(len(scheduling.visit_types(session)), 'kind', 'kinds')} offered."


def _settings(session: Session, _: datetime) -> str:
    rows = policies.all_policies(session)
    changed = sum(row.revision > 0 for row in rows)
    return f"{len(rows)} settings, {changed or 'none'} changed."


def _staff(session: Session, _: datetime) -> str:
    return f"{_count(len(access.staff(session)), 'account', 'accounts')}."


def _on_call(session: Session, at: datetime) -> str:
    found = oncall.gaps(session, since=at, until=at + ROTA_SHOWS)
    return "Nobody is first in line at some hours of two weeks." if found else "Two weeks are covered."


def _instruments(session: Session, _: datetime) -> str:
    asked = monitoring.instruments(session)
    waiting = sum(each.wording is Wording.UNCONFIRMED for each in asked.values())
    return f"{len(asked)} can be asked" + (f", {waiting} to be confirmed." if waiting else ".")


def _emergencies(session: Session, at: datetime) -> str:
    waiting = people.waiting_for_review(session)
    late = sum(row.is_overdue(at) for row in waiting)
    said = f"{_count(len(waiting), 'review waits', 'reviews wait')}" if waiting else "No review waits"
    return f"{said}, {late} overdue." if late else f"{said}."


def _system(session: Session, _: datetime) -> str:
    waiting = tasks.count_open(session, roles=[Role.ADMIN])
    return f"{_count(waiting, 'task needs', 'tasks need')} you." if waiting else "Nothing needs you."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


_DOORS: tuple[tuple[str, str, str, Summary], ...] = (
    ("Physicians", "admin.physicians", "Who sees patients: licenses, weekly hours, exceptions, caps.", _physicians),
    (
        "Pharmacies",
        "admin.pharmacies",
        "Who compounds and ships, and into which states.",
        _pharmacies,
    ),
    ("Plans and prices", "admin.plans", "What patients can join, and what a month of it costs.", _plans),
    ("Discounts", "admin.discounts", "Codes that take something off a month.", _discounts),
    ("Hardship rates", "admin.hardship", "What coordinators ask for, and reviews of what is given.", _hardship),
    ("Forms to sign", "admin.forms", "What patients sign: words, versions, who signs again.", _forms),
    ("Closures", "admin.closures", "Holidays and other days on which the clinic sees nobody.", _closures),
    (
        "Visit types",
        "admin.visit_types",
        "What can be booked, how long it lasts, how early and how late.",
        _visit_types,
    ),
    ("Settings", "admin.settings", "When a cancellation is late, a no-show, and other rules in numbers.", _settings),
    ("Staff and roles", "admin.staff", "Who can sign in, and as what.", _staff),
    ("On call", "admin.on_call", "Who is called at any hour when a text sounds like danger.", _on_call),
    (
        "Instruments",
        "admin.instruments",
        "What patients can be asked: licenses, languages, scores, and slots for licensed ones.",
        _instruments,
    ),
    (
        "Emergency access",
        "admin.emergency_access",
        "Records that physicians opened in an emergency, and their reviews.",
        _emergencies,
    ),
    ("System", "admin.system", "Workers, queues of texts, and what waits for an administrator.", _system),
)
