"""The list of conversations: unread first, by view, page by page, and found by name or number."""

from collections.abc import Sequence
from uuid import UUID

from flask import Flask, jsonify, render_template, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.conversations import queries
from clinic.conversations.queries import ConversationRow
from clinic.conversations.rules.filters import Inbox
from clinic.dashboards.menu_counts import unread_conversations
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import InboxQuery
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form, read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime, see_other

VIEWS = {
    Inbox.EVERYTHING: "in all",
    Inbox.UNREAD: "unread",
    Inbox.URGENT: "urgent",
    Inbox.MINE: "mine",
    Inbox.UNASSIGNED: "unassigned",
}
_LEAST_DIGITS = 3


class PulseQuery(FormModel):
    """Which talk is open beside the list."""

    phone: UUID | None = None


class SearchForm(FormModel):
    """What somebody typed to find a conversation; nothing typed finds nothing."""

    q: Line = ""


@blueprint.get("/inbox")
@policy.staff(Role.COORDINATOR, audit="inbox.viewed")
def inbox() -> str:
    """List the conversations of one view."""
    wanted = read_query(InboxQuery)
    with runtime().begin(by=actor()) as session:
        part = list_part(session, wanted)
        note_seen(session, "inbox.viewed", part["page"].rows)  # type: ignore[attr-defined]
    return render_template("coordinator/inbox/index.html", form=blank_form(), **part)


@blueprint.get("/inbox/search")
@policy.staff(Role.COORDINATOR)
def leave_inbox_search() -> ResponseReturnValue:
    """Go back to the inbox: what was searched for stands in no address."""
    return see_other("coordinator.inbox")


@blueprint.post("/inbox/search")
@policy.staff(Role.COORDINATOR, audit="inbox.viewed")
def search_inbox() -> ResponseReturnValue:
    """Find conversations by a patient's name or by digits of the number."""
    form = read_form(SearchForm)
    if isinstance(form, FormErrors):
        return _found(form, ())
    with runtime().begin(by=actor()) as session:
        phones = _phones_found(session, form.q)
        rows = queries.conversations_of_phones(session, phones)
        note_seen(session, "inbox.viewed", rows)
    return _found(blank_form(q=form.q), rows)


@blueprint.get("/inbox/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def inbox_pulse() -> ResponseReturnValue:
    """Tell in one word whether an open inbox still shows what is."""
    wanted = read_query(PulseQuery)
    with runtime().begin(by=actor()) as session:
        return jsonify(pulse=queries.pulse(session, phone_id=wanted.phone))


def list_part(session: Session, wanted: InboxQuery, *, phone_id: UUID | None = None) -> dict[str, object]:
    """Return what the list shows; the page asked for, or the last one when the list has become shorter."""
    counts = queries.counts(session, staff_id=actor().id)
    total = counts[wanted.show]
    number = min(wanted.page, Page(rows=(), number=1, total=total).last)
    rows = queries.page_of_conversations(
        session, view=wanted.show, staff_id=actor().id, limit=PAGE_SIZE, offset=offset_of(number)
    )
    return {
        "page": Page(rows=rows, number=number, total=total),
        "show": wanted.show,
        "views": [(counts[view], word, url_for("coordinator.inbox", show=view), view) for view, word in VIEWS.items()],
        "total": counts[Inbox.EVERYTHING],
        "open_phone": phone_id,
        "pulse": queries.pulse(session, phone_id=phone_id),
        "neighbors": _neighbors(rows, phone_id),
    }


def note_seen(session: Session, action: str, rows: Sequence[ConversationRow], *others: UUID) -> None:
    """Write one audit row that names everybody shown."""
    seen = {who.id for row in rows for who in row.people} | set(others)
    journal.note(session, action, subject_kind="inbox", subject_id=None, at=now(), patient_ids=tuple(sorted(seen)))


def _neighbors(rows: Sequence[ConversationRow], phone_id: UUID | None) -> tuple[UUID | None, UUID | None]:
    """Return the phones before and after the open one in the list; without an open one the first is next."""
    phones = [row.phone_id for row in rows]
    if phone_id not in phones:
        return None, phones[0] if phones else None
    here = phones.index(phone_id)
    return phones[here - 1] if here else None, phones[here + 1] if here + 1 < len(phones) else None


def _phones_found(session: Session, typed: str) -> list[UUID]:
    patients = people.search(session, text=typed, limit=PAGE_SIZE)
    by_name = people.patients_by_id(session, [row.id for row in patients])
    digits = "".join(symbol for symbol in typed if symbol.isdigit())
    by_number = queries.phones_like(session, digits) if len(digits) >= _LEAST_DIGITS else []
    return list(dict.fromkeys([*(each.phone_id for each in by_name.values()), *by_number]))


def _found(form: FormState, rows: Sequence[ConversationRow]) -> ResponseReturnValue:
    return render_template("coordinator/inbox/found.html", form=form, rows=rows), form.status


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "coordinator.inbox", unread_conversations)
