"""Today: what needs a person, oldest due first, beside the day's visits."""

from datetime import date, timedelta
from uuid import UUID

from flask import flash, jsonify, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.dashboards import todays_pulse
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.scheduling import queries as scheduling
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.days import DayQuery, counts
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, WholeNumber, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.errors import NoSuchTask
from clinic.worklist.rules import Outcome

_MOST_SHOWN = 50
_UNCONFIRMED_AHEAD = timedelta(hours=48)


class TodayQuery(FormModel):
    """How many tasks to pass over, and the task just done, which may be brought back."""

    skip: WholeNumber = 0
    done: UUID | None = None


class CloseForm(FormModel):
    """A task as it was shown, how it ended and an optional note."""

    version: WholeNumber
    outcome: Outcome = Outcome.DONE
    note: Line = Field("", max_length=200)


class VersionForm(FormModel):
    """A task as it was shown."""

    version: WholeNumber


@blueprint.get("/today")
@policy.staff(Role.COORDINATOR, audit="today.viewed")
def today() -> str:
    """Show open tasks, unconfirmed visits, live holds and the day."""
    wanted = read_query(TodayQuery)
    zone = runtime().clinic.zone
    day = in_zone(now(), zone).date()
    roles = actor().roles & {Role.COORDINATOR, Role.ADMIN}
    with runtime().begin(by=actor()) as session:
        total = tasks.count_open(session, roles=roles)
        skip = wanted.skip if 0 <= wanted.skip < total else 0
        items = tasks.open_items(session, roles=roles, limit=_MOST_SHOWN, offset=skip)
        visits = scheduling.day_list(session, day=day, zone=zone, now=now())
        unconfirmed = scheduling.unconfirmed(session, now=now(), before=now() + _UNCONFIRMED_AHEAD)
        seen = {row.patient_id for row in [*visits, *unconfirmed]} | _about(items)
        journal.note(
            session,
            "today.viewed",
            subject_kind="day",
            subject_id=None,
            at=now(),
            patient_ids=tuple(seen),
            day=str(day),
        )
        return render_template(
            "coordinator/today/index.html",
            day=day,
            zone=zone,
            items=items,
            names={one: row.name for one, row in people.rows_of(session, _about(items)).items()},
            total=total,
            late=tasks.count_overdue(session, roles=roles, now=now()),
            skip=skip,
            page_size=_MOST_SHOWN,
            done=_just_done(session, wanted.done),
            visits=visits,
            counts=counts(visits, DayQuery(), day),
            unconfirmed=unconfirmed,
            holds=scheduling.holds(session, now=now()),
            overdue=scheduling.overdue(session, now=now()),
            pulse=_pulse(session, day),
        )


@blueprint.get("/today/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def today_pulse() -> ResponseReturnValue:
    """Tell in one word whether Today still shows what is; an open page asks this every 20 seconds."""
    day = in_zone(now(), runtime().clinic.zone).date()
    with runtime().begin(by=actor()) as session:
        return jsonify(pulse=_pulse(session, day))


def _pulse(session: Session, day: date) -> str:
    roles = actor().roles & {Role.COORDINATOR, Role.ADMIN}
    zone = runtime().clinic.zone
    return todays_pulse.pulse(session, roles=roles, day=day, zone=zone, ahead=_UNCONFIRMED_AHEAD, now=now())


def _just_done(session: Session, item_id: UUID | None) -> tasks.ItemRow | None:
    """Return the task that was closed a moment ago, so that it can be brought back."""
    try:
        return tasks.item(session, item_id) if item_id else None
    except NoSuchTask:
        return None


def _about(items: list[tasks.ItemRow]) -> set[UUID]:
    return {one.patient_id for one in items if one.patient_id}


@blueprint.post("/tasks/<uuid:item_id>/close")
@policy.staff(Role.COORDINATOR)
def close_task(item_id: UUID) -> ResponseReturnValue:
    """Take a task off the list; the next page offers to bring it back."""
    form = read_form(CloseForm)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("coordinator.today")
    try:
        with runtime().begin(by=actor()) as session:
            worklist.close_item(
                session,
                item_id=item_id,
                version=form.version,
                outcome=form.outcome,
                note=form.note or None,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        flash(told(refusal), "error")
        return see_other("coordinator.today")
    return see_other("coordinator.today", done=item_id)


@blueprint.post("/tasks/<uuid:item_id>/claim")
@policy.staff(Role.COORDINATOR)
def claim_task(item_id: UUID) -> ResponseReturnValue:
    """Say "I am on it", so that a colleague does not call as well."""
    form = read_form(VersionForm)
    if isinstance(form, FormErrors):
        return see_other("coordinator.today")
    try:
        with runtime().begin(by=actor()) as session:
            worklist.claim(session, item_id=item_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        flash(told(refusal), "error")
    return see_other("coordinator.today")


@blueprint.post("/tasks/<uuid:item_id>/reopen")
@policy.staff(Role.COORDINATOR)
def reopen_task(item_id: UUID) -> ResponseReturnValue:
    """Bring a task back that was just taken off the list."""
    form = read_form(VersionForm)
    if isinstance(form, FormErrors):
        return see_other("coordinator.today")
    try:
        with runtime().begin(by=actor()) as session:
            worklist.reopen(session, item_id=item_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        flash(told(refusal), "error")
    else:
        flash("The task is back on the list.")
    return see_other("coordinator.today")
