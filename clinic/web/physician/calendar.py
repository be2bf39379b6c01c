"""My calendar: the private address from which a calendar program fetches the physician's times."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.actions.feeds import make_feed, revoke_feed
from clinic.scheduling.queries.feeds import feed_of_physician
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record


@blueprint.get("/my-calendar")
@policy.staff(Role.PHYSICIAN)
def calendar() -> str:
    """Say whether an address is in use, when it was last asked, and what it tells."""
    return _show("physician/calendar.html")


@blueprint.get("/my-calendar/new")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True)
def new_calendar() -> str:
    """Ask whether an address is made, or the one in use replaced."""
    return _show("physician/new_calendar.html")


@blueprint.post("/my-calendar/new")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True)
def make_calendar() -> str:
    """Make an address, which stops the one before, and show it this once."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        token = make_feed(session, physician_id=own_record(session).id, by=actor(), now=now())
    path = url_for("feeds.physician_feed", token=token)
    return _show("physician/calendar_address.html", address=f"{runtime().clinic.public_base_url}{path}")


@blueprint.get("/my-calendar/off")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True)
def ask_calendar_off() -> str:
    """Ask whether the address is switched off."""
    return _show("physician/calendar_off.html")


@blueprint.post("/my-calendar/off")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True)
def switch_calendar_off() -> ResponseReturnValue:
    """Switch the address off at once."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        revoke_feed(session, physician_id=own_record(session).id, by=actor(), now=now())
    flash("Switched off. Calendar programs cannot fetch your times any more.")
    return see_other("physician.calendar")


def _show(template: str, **more: object) -> str:
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        return render_template(template, me=me, feed=feed_of_physician(session, me.id), **_days(session), **more)


def _days(session: Session) -> dict[str, int]:
    return {
        "past_days": number(session, PolicyKey.FEED_PAST_DAYS),
        "future_days": number(session, PolicyKey.FEED_FUTURE_DAYS),
    }
