"""Every page that a person can open, taken from the application's own map so that a new one cannot be forgotten."""

from collections.abc import Iterator
from functools import cache

from clinic.access.rules.links import LinkPurpose
from clinic.kernel.actor import Role
from clinic.web.frame.policy import Audience, Policy, policy_of
from tests.browser.conftest import Live

READERS = {"dana": Role.COORDINATOR, "okafor": Role.PHYSICIAN, "morgan": Role.ADMIN}
"""Who opens staff pages, by role."""

NO_PAGE = {
    "frame.static",
    "public.health",
    "patient.calendar",
    "coordinator.leave_search",
    "coordinator.leave_inbox_search",
    "coordinator.inbox_pulse",
    "patient.messages",
    "patient.check_in_question",
    "patient.check_in_page",
    "patient.review_check_in",
    "patient.check_in_help",
    "patient.check_in_done",
    "coordinator.today_pulse",
    "coordinator.board_pulse",
    "coordinator.board_csv",
    "physician.day_pulse",
    "physician.week_pulse",
    "feeds.physician_feed",
    "monitoring.metrics",
    "coordinator.import_pulse",
    "coordinator.replacement_pulse",
    "coordinator.rejected_rows",
    "coordinator.visit_report_file",
    "coordinator.waitlist_file",
    "coordinator.courses_csv",
    "oncall.pulse",
    "admin.questionnaire_file",
    "physician.assessment_fhir",
    "physician.medication_fhir",
    "physician.chart_pdf",
    "physician.panel_csv",
    "physician.outcomes_file",
    "coordinator.invoice_file",
    "admin.revenue_file",
    "patient.own_invoice_pdf",
    "patient.own_form_pdf",
    "coordinator.form_file",
    "physician.signed_form_file",
    "patient.card_back",
    "patient.qualify_again",
    "patient.checklist_step",
    "patient.checklist_end",
    "patient.measure",
    "patient.review_checklist",
    "patient.support_page",
    "coordinator.sessions_pulse",
    "patient.give_code",
}
"""Endpoints that answer GET with no page of this walk: a file, a line for machines, what has a story of its own."""

OF_A_COURSE = {
    "coordinator.course",
    "coordinator.ask_course_wishes",
    "coordinator.reflow",
    "physician.plan",
    "physician.ask_phase",
    "physician.ask_numbers",
    "physician.ask_details",
    "physician.ask_home",
    "physician.ask_fluids",
    "physician.ask_version",
    "physician.ask_outcome",
    "physician.taper",
    "physician.chart",
    "physician.chart_summary",
    "physician.answers",
    "physician.answer",
    "physician.medication",
    "physician.ask_program",
    "physician.new_order",
    "physician.medication_order",
    "physician.edit_order",
    "physician.ask_amendment",
    "physician.ask_sign_order",
    "physician.ask_release",
    "physician.ask_settle_claim",
    "physician.ask_correction",
    "physician.trace_units",
    "physician.ask_taken",
    "physician.ask_put_away",
    "physician.ask_home_count",
    "physician.membership",
    "physician.intake",
    "physician.ask_decide_intake",
    "physician.ask_stop_membership",
    "physician.readiness",
    "physician.ask_override",
    "coordinator.billing",
    "coordinator.ask_plan",
    "coordinator.transfer",
    "coordinator.moving",
    "physician.ask_restart",
    "physician.ask_close_supply",
}
"""Pages about the patient with a plan and an order, and about a visit of the plan's course."""

OF_ITS_OWN = {
    ("patient.ask_join", "code"): "intensive",
    ("patient.preview_plan", "code"): "intensive",
    ("patient.my_form", "kind"): "off_label",
    ("admin.form", "kind"): "off_label",
    ("admin.edit_form", "kind"): "off_label",
    ("admin.preview_form", "kind"): "off_label",
}
"""What some pages want in a name of their own: a plan on sale, a form of which there is a draft."""

IN_NEED = {("morgan", "coordinator.ask_status"), ("okafor", "coordinator.replacement")}
"""Pages that a reader may open only about somebody who gives a reason to; those have tests of their own."""


def staff_pages(live: Live, reader: str, *, is_light: bool) -> list[str]:
    """Return the addresses of the pages that a member of staff looks at, in light or in dark.

    A page of several roles is seen by the first of them in light and by the last in dark, one of everybody's by the
    first.
    """
    return [
        address
        for endpoint, address, policy in _pages(live)
        if policy.audience is Audience.STAFF
        if reader == _onlookers(endpoint, policy)[0 if is_light or not policy.roles else -1]
    ]


def _onlookers(endpoint: str, policy: Policy) -> list[str]:
    """Return who may open a page, in the order of READERS."""
    may = [who for who, role in READERS.items() if policy.admits(frozenset({role}))]
    return [who for who in may if (who, endpoint) not in IN_NEED]


def open_pages(live: Live) -> list[str]:
    """Return the addresses of pages for everybody."""
    return [address for _, address, policy in _pages(live) if policy.audience is Audience.PUBLIC]


def half_open_pages(live: Live) -> list[str]:
    """Return the addresses of pages between password and second factor."""
    return [address for _, address, policy in _pages(live) if policy.audience is Audience.HALF_SIGNED_IN]


def patient_pages(live: Live) -> list[str]:
    """Return the addresses of pages behind a patient's link to a visit, and its door."""
    door = live.path("patient.door", token=live.town.link_of("marisol"))
    return [door, *_linked_pages(live, None)]


def delivery_pages(live: Live) -> list[str]:
    """Return the addresses of pages behind a patient's link to the own deliveries."""
    return _linked_pages(live, LinkPurpose.MEDICATION)


def plan_pages(live: Live) -> list[str]:
    """Return the addresses of pages behind a patient's link to the own plan."""
    return _linked_pages(live, LinkPurpose.BILLING)


def form_pages(live: Live) -> list[str]:
    """Return the addresses of pages behind a patient's link to the own forms."""
    return _linked_pages(live, LinkPurpose.CONSENT)


def intake_pages(live: Live) -> list[str]:
    """Return the addresses of pages behind a patient's link to the own intake."""
    return _linked_pages(live, LinkPurpose.INTAKE)


def area_pages(live: Live) -> list[str]:
    """Return the addresses of pages of a signed-in patient's own area."""
    return [address for _, address, policy in _pages(live) if policy.audience is Audience.PATIENT_AREA]


def _linked_pages(live: Live, purpose: LinkPurpose | None) -> list[str]:
    """Return the pages of links of one purpose that has pages of its own, or of all others together."""
    apart = (LinkPurpose.MEDICATION, LinkPurpose.BILLING, LinkPurpose.CONSENT, LinkPurpose.INTAKE)
    return [
        address
        for _, address, policy in _pages(live)
        if policy.audience is Audience.PATIENT_LINK
        if next((each for each in apart if each in policy.purposes), None) is purpose
    ]


def _pages(live: Live) -> Iterator[tuple[str, str, Policy]]:
    for rule in sorted(live.app.url_map.iter_rules(), key=str):
        policy = policy_of(live.app, rule.endpoint)
        if policy is None or rule.endpoint in NO_PAGE or "GET" not in (rule.methods or ()):
            continue
        known = {name: _value(live, rule.endpoint, name) for name in rule.arguments}
        yield rule.endpoint, live.path(rule.endpoint, **known), policy


def _value(live: Live, endpoint: str, name: str) -> object:
    """Return something that an address of this name leads to; a page with a new kind of name is taught here."""
    if name == "token":
        return _token(live, endpoint)
    if name == "note_id":
        return live.town.others["signed_note" if endpoint == "physician.ask_addendum" else "draft_note"]
    if (endpoint, name) in OF_ITS_OWN:
        return OF_ITS_OWN[endpoint, name]
    if endpoint == "physician.trace_units" and name == "place":
        return live.town.others["unit_place"]
    if endpoint in OF_A_COURSE and name in {"patient_id", "appointment_id"}:
        return live.town.patients["paloma"].id if name == "patient_id" else live.town.visits["third"]
    known = {
        "appointment_id": live.town.visits["marisol"],
        "patient_id": live.town.patients["marisol"].id,
        "survivor_id": next(one.id for name, one in live.town.patients.items() if name != "marisol"),
        "phone_id": live.town.patients["marisol"].phone_id,
        "physician_id": live.town.physicians["okafor"].id,
        "account_id": live.town.staff["sam"],
        "staff_id": live.town.staff["sam"],
        "verb": "disable",
        "key": "late_cancel_hours",
        "code": "follow_up",
        "template_key": "VISIT_24H",
        "signal_rule": "D12",
        "calendar_row": "monthly",
        "instrument_key": "lurn_si10",
        "kind": "translation",
        "language": "es",
        "year": 2027,
        "part": "readings",
        "number": 1,
        **live.town.others,
    }
    return known[name]


@cache
def _token(live: Live, endpoint: str) -> str:
    makers = {
        "patient.door": lambda: live.town.link_of("marisol"),
        "patient.ask_same_link": lambda: live.town.link_of("marisol"),
        "public.invitation": live.town.open_invitation,
        "public.reset": live.town.open_reset,
    }
    return makers[endpoint]()
