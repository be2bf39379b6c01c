"""The visits of the small town, in every state, and what went wrong with texts about them."""

from datetime import timedelta

from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.rules import WorkKind
from tests.browser.town import Town
from tests.domains.scheduling.calendar_makers import at


def add_visits(town: Town) -> None:
    """Book a Monday with a visit in every state, a few days around it, two holds and three tasks."""
    days_ago = town.now - timedelta(days=9)
    town.book("marisol", "marisol", "okafor", at(25, 10, 30), now=days_ago)
    town.book("theo", "theodore", "okafor", at(24, 14), now=days_ago, visit_type_code="initial")
    town.step(actions.confirm, "theo", via="page")
    town.book("done", "gilbert", "okafor", at(23, 9), now=days_ago)
    town.step(actions.arrive, "done", now=at(23, 9))
    town.step(actions.complete, "done", now=at(23, 9, 31))
    town.book("running", "lucinda", "okafor", at(23, 9, 45), now=days_ago)
    town.step(actions.arrive, "running", now=at(23, 9, 44))
    town.book("late", "desmond", "herrera", at(23, 9, 30), now=days_ago)
    town.book("soon", "soledad", "okafor", at(23, 10, 15), now=days_ago)
    town.step(actions.confirm, "soon", via="sms", now=at(22, 12))
    town.book("noon", "nadia", "raman", at(23, 12), now=days_ago)
    town.book("afternoon", "hannelore", "okafor", at(23, 15, 30), now=days_ago, visit_type_code="initial")
    town.step(actions.confirm, "afternoon", via="staff", now=at(23, 9, 12))
    town.book("evening", "ambrose", "raman", at(23, 17, 15), now=days_ago)
    town.book("canceled", "paloma", "okafor", at(23, 14), now=days_ago)
    town.step(actions.cancel, "canceled", reason=CancelReason.PHYSICIAN_UNAVAILABLE, now=at(22, 15))
    town.book("missed", "gilbert", "herrera", at(20, 10), now=days_ago)
    town.step(actions.mark_no_show, "missed", now=at(20, 10, 40))
    town.book("tomorrow", "gilbert", "herrera", at(24, 9, 30), now=days_ago)
    town.hold("held", "ambrose", "okafor", at(24, 11, 15))
    town.hold("held-by-sam", "lucinda", "okafor", at(25, 15), by="sam")
    town.task(
        WorkKind.DELIVERY_FAILED,
        "desmond",
        "The reminder could not be delivered: the number is a landline.",
        hours_ago=3.2,
    )
    town.task(WorkKind.REPLY_UNCLEAR, "theodore", "Replied “maybe, ask my daughter” to the reminder.", hours_ago=0.7)
    town.task(
        WorkKind.MOVE_REQUESTED,
        "marisol",
        "Replied 2 to the text about Wednesday, November 25.",
        hours_ago=1.4,
        visit="marisol",
    )
