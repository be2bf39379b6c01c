"""Whose membership waits for a physician: to approve, on hold, or suspended and to be handed over."""

from flask import Flask, render_template
from flask.blueprints import BlueprintSetupState

from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.dashboards.membership_queue import Waiting, waiting_memberships
from clinic.dashboards.menu_counts import undecided_memberships
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people.queries import panel_of
from clinic.web.frame import policy
from clinic.web.frame.forms import read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import page_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.membership.words import LOOKS
from clinic.web.physician.own import own_record
from clinic.web.physician.queue import QueueQuery

_NOT_READY = "The patient has not done everything yet"
_HANDED_OVER = "Handed over: it ends thirty days after its payment was due"
_NEXT = {
    SubscriptionState.PENDING: "Approve or decline it",
    SubscriptionState.MEDICAL_HOLD: "Release it when it is safe again",
    SubscriptionState.SUSPENDED: "Talk with the patient, plan what follows, and hand over",
}


@blueprint.get("/memberships")
@policy.staff(Role.PHYSICIAN, audit="memberships.listed")
def memberships() -> str:
    """List the reader's patients whose membership waits for a decision, the longest waiting first."""
    wanted = read_query(QueueQuery)
    with runtime().begin(by=actor()) as session:
        page = page_of(waiting_memberships(session, panel_of(own_record(session).id, now())), wanted.page)
        seen = tuple(each.patient_id for each in page.rows)
        journal.note(session, "memberships.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    rows = [(each, _next(each)) for each in page.rows]
    return render_template("physician/membership/queue.html", looks=LOOKS, page=page, rows=rows)


def _next(row: Waiting) -> str:
    if row.is_handed_over:
        return _HANDED_OVER
    is_early = row.state is SubscriptionState.PENDING and not row.is_ready
    return _NOT_READY if is_early else _NEXT[row.state]


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.memberships", undecided_memberships)
