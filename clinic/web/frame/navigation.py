"""The staff menu: an item shows where its page exists and the reader's role may open it."""

from dataclasses import dataclass, replace

from flask import Flask, current_app, request, url_for

from clinic.dashboards.menu_counts import Counting, counted
from clinic.kernel.actor import Role
from clinic.web.frame.policy import Audience, policy_of
from clinic.web.frame.requests import actor, now, runtime

_COUNTS, _OPENING = "clinic_menu_counts", "clinic_menu_openings"

_Entry = tuple[str, str, str, str | None, str]
"""Label, endpoint, section, key and address of an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One entry of the menu; `section` is what a page may name as its own, `count` what waits there.

    One that `is_folded` stands under More.
    """

    label: str
    href: str
    section: str
    key: str | None
    is_here: bool
    count: int = 0
    is_folded: bool = False


_ITEMS = (
    ("Today", "coordinator.today", "today", "t"),
    ("My day", "physician.today", "today", "t"),
    ("My week", "physician.week", "week", "w"),
    ("Sign-off", "physician.sign_off", "sign-off", "s"),
    ("Intakes", "physician.intakes", "intakes", None),
    ("Refills", "physician.refills", "refills", None),
    ("Memberships", "physician.memberships", "memberships", None),
    ("Inbox", "coordinator.inbox", "inbox", "i"),
    ("Board", "coordinator.board", "board", "d"),
    ("Sessions", "coordinator.sessions", "sessions", None),
    ("Book", "coordinator.book", "book", "b"),
    ("Waiting list", "coordinator.waitlist", "waiting", None),
    ("Courses", "coordinator.courses", "courses", "c"),
    ("Intakes", "coordinator.intakes", "intakes", None),
    ("Deliveries", "coordinator.deliveries", "deliveries", None),
    ("Payments", "coordinator.payments", "payments", None),
    ("Patients", "coordinator.patients", "patients", "p"),
    ("Patients", "physician.panel_page", "patients", "p"),
    ("On call", "oncall.now", "on-call", None),
    ("My time", "physician.my_time", "my-time", None),
    ("Physician out", "coordinator.replacements", "replacements", None),
    ("Reports", "coordinator.visit_report", "reports", None),
    ("Clinic", "admin.clinic", "clinic", None),
    ("Physicians", "admin.physicians", "physicians", None),
    ("Revenue", "admin.revenue", "revenue", None),
    ("Staff", "admin.staff", "staff", None),
    ("Texts", "admin.texts", "texts", None),
    ("Protocols", "physician.protocols", "protocols", None),
    ("Monitoring", "physician.monitoring_rules", "monitoring-rules", None),
    ("Legal basis", "physician.legal_bases", "legal", None),
    ("System", "admin.system", "system", None),
    ("Phones", "public.simulator", "phones", None),
)

_FITS = 9
"""So many entries fit on one line of a small screen."""

_RARE = frozenset(
    {
        *("on-call", "reports", "replacements", "waiting", "clinic", "revenue", "physicians", "payments", "courses"),
        *("protocols", "monitoring-rules", "legal", "phones"),
    }
)
"""Sections that stand under More for whoever has more entries than fit."""


def menu() -> list[NavItem]:
    """Return the entries that the reader may open, each label once; rare ones folded where there are many."""
    opening = _opening()
    nearest = max(filter(_is_above, (href for *_, href in opening)), key=len, default=None)
    counts = _counts()
    items: dict[str, NavItem] = {}
    for label, endpoint, section, key, href in opening:
        if label not in items:
            items[label] = NavItem(
                label=label,
                href=href,
                section=section,
                key=key,
                is_here=href == nearest,
                count=counts.get(endpoint, 0),
            )
    is_full = len(items) > _FITS
    return [replace(each, is_folded=is_full and each.section in _RARE) for each in items.values()]


def install(app: Flask) -> None:
    """Prepare to remember what each set of roles may open."""
    app.extensions[_OPENING] = {}


def count_with(app: Flask, endpoint: str, counting: Counting) -> None:
    """Show beside an entry of the menu how many things wait there."""
    app.extensions.setdefault(_COUNTS, {})[endpoint] = counting


def _counts() -> dict[str, int]:
    """Return what waits behind the entries that the reader may open, asked for in one statement."""
    entries: dict[str, Counting] = current_app.extensions.get(_COUNTS, {})
    mine = {endpoint: counting for endpoint, counting in entries.items() if may_open(endpoint)}
    if not mine:
        return {}
    with runtime().begin(by=actor()) as session:
        return counted(session, mine, reader=actor(), now=now())


def may_open(endpoint: str) -> bool:
    """Tell whether an endpoint exists and its policy lets the reader in."""
    policy = policy_of(current_app, endpoint)
    if policy is None or endpoint not in current_app.view_functions:
        return False
    return policy.audience is Audience.PUBLIC or policy.admits(actor().roles)


def _opening() -> tuple[_Entry, ...]:
    """Return the entries whose pages the reader may open, with their addresses, which stay while the process runs."""
    known: dict[tuple[frozenset[Role], str], tuple[_Entry, ...]] = current_app.extensions[_OPENING]
    whose = (actor().roles, request.root_path)
    if whose not in known:
        known[whose] = tuple((*item, url_for(item[1])) for item in _ITEMS if may_open(item[1]))
    return known[whose]


def _is_above(href: str) -> bool:
    return request.path == href or (href != "/" and request.path.startswith(f"{href}/"))
