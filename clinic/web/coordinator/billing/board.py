"""The board of failed payments: who owes what, why, whose turn it is, and two buttons that help."""

from collections.abc import Sequence
from typing import Annotated

from flask import Flask, render_template, url_for
from flask.blueprints import BlueprintSetupState
from pydantic import Field

from clinic.dashboards.failed_payments import Owed, Turn, failed_payments
from clinic.dashboards.menu_counts import unpaid_invoices
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.words import MEMBERSHIP_LOOKS, TURNS, why
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, Line, WholeNumber, read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime


class BoardQuery(FormModel):
    """Whose turn it is, everybody's where none is named, and the page."""

    turn: Line = ""
    page: Annotated[WholeNumber, Field(ge=1)] = 1


@blueprint.get("/payments")
@policy.staff(Role.COORDINATOR, audit="payments.viewed")
def payments() -> str:
    """List every invoice that no card has paid, the longest waiting first."""
    wanted = read_query(BoardQuery)
    is_filtered = wanted.turn in set(Turn)
    with runtime().begin(by=actor()) as session:
        every = failed_payments(session)
        shown = [each for each in every if not is_filtered or each.turn == wanted.turn]
        page = _page_of(shown, wanted.page)
        seen = tuple({each.patient_id for each in page.rows})
        journal.note(session, "payments.viewed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template(
        "coordinator/billing/board.html",
        page=page,
        rows=[(each, why(each), *TURNS[each.turn][1:]) for each in page.rows],
        counts=[_count(turn, every) for turn in Turn],
        chosen=_look(Turn(wanted.turn), len(shown)) if is_filtered else None,
        is_filtered=is_filtered,
        owed_cents=sum(each.open_cents for each in every),
        total=len(every),
        looks=MEMBERSHIP_LOOKS,
    )


def _count(turn: Turn, every: Sequence[Owed]) -> tuple[int, str, str, str]:
    """Return how many wait for somebody, as a number that leads to them."""
    number = sum(each.turn is turn for each in every)
    return number, TURNS[turn][0], url_for("coordinator.payments", turn=turn.value), _look(turn, number)


def _look(turn: Turn, number: int) -> str:
    """Return how a number looks: as what somebody has to do only where there is something."""
    return TURNS[turn][1] if number else turn.value


def _page_of(rows: Sequence[Owed], number: int) -> Page[Owed]:
    """Return the page asked for, or the last one when the board has become shorter."""
    number = min(number, Page(rows=(), number=1, total=len(rows)).last)
    start = offset_of(number)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows))


@blueprint.record
def _show_number(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "coordinator.payments", unpaid_invoices)
