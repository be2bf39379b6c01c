"""The lists of visits that must go elsewhere, and one of them with every proposal."""

from uuid import UUID

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.replacement.queries import batches
from clinic.replacement.queries.batches import Listed
from clinic.replacement.rules.ranking import TIER_WORDS, Tier
from clinic.replacement.rules.states import STATE_WORDS, STEP_WORDS, RowState, Step
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, WholeNumber, read_query
from clinic.web.frame.navigation import may_open
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime

_FARTHEST_PAGE = 10_000
LOOKS = {
    RowState.PROPOSED: ("info", "\u2192"),
    RowState.WITHOUT: ("warn", "!"),
    RowState.HELD: ("neutral", "\u2016"),
    RowState.APPROVED: ("info", "\u2026"),
    RowState.MOVED: ("good", "\u2713"),
    RowState.GONE: ("neutral", "="),
}


class PageQuery(FormModel):
    """Which page of a list."""

    page: WholeNumber = 1

    @property
    def number(self) -> int:
        """Return the page's number, never a senseless one."""
        return min(max(1, self.page), _FARTHEST_PAGE)


@blueprint.get("/replacements")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def replacements() -> str:
    """List the absences, open ones first."""
    wanted = read_query(PageQuery)
    with runtime().begin(by=actor()) as session:
        rows, total = batches.listed(session, actor=actor(), limit=PAGE_SIZE, offset=offset_of(wanted.number))
    page = Page(rows=rows, number=wanted.number, total=total)
    return render_template("coordinator/replacements/list.html", page=page)


@blueprint.get("/replacements/<uuid:replacement_id>")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN, audit="replacement.viewed")
def replacement(replacement_id: UUID) -> str:
    """Show every visit of one absence with its proposed place, and what was done so far."""
    wanted = read_query(PageQuery)
    with runtime().begin(by=actor()) as session:
        return show_list(session, replacement_id, number=wanted.number)


@blueprint.get("/replacements/<uuid:replacement_id>/pulse")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN, polling=True)
def replacement_pulse(replacement_id: UUID) -> ResponseReturnValue:
    """Tell an open page whether there is news."""
    with runtime().begin(by=actor()) as session:
        return jsonify({"pulse": batches.listed_one(session, replacement_id, actor=actor()).pulse})


def show_list(session: Session, replacement_id: UUID, *, number: int = 1, problem: str | None = None) -> str:
    """Return the page of a list, with what went wrong on top."""
    found = batches.listed_one(session, replacement_id, actor=actor())
    rows = batches.rows_shown(session, found, now=now(), limit=PAGE_SIZE, offset=offset_of(number))
    steps = batches.steps_shown(session, replacement_id)
    seen = {row.visit.patient_id for row in rows} | {step.visit.patient_id for step in steps}
    journal.note(
        session,
        "replacement.viewed",
        subject_kind="replacement",
        subject_id=replacement_id,
        at=now(),
        patient_ids=tuple(sorted(seen)),
    )
    return render_template(
        "coordinator/replacements/show.html",
        found=found,
        counts=_counts(found),
        page=Page(rows=rows, number=number, total=found.total),
        steps=steps,
        unlisted=batches.count_unlisted(session, found, now=now()) if found.is_open else 0,
        tier_words={int(tier): words for tier, words in TIER_WORDS.items()},
        tier_tones={int(Tier.SAME_TIME): "good", int(Tier.SAME_DAY): "info", int(Tier.WINDOW): "warn"},
        state_words=STATE_WORDS,
        step_words={step.value: STEP_WORDS[step] for step in Step},
        looks=LOOKS,
        can_undo=any(row.undo_until for row in rows),
        may_open_visits=may_open("coordinator.visit") and actor().has(Role.COORDINATOR),
        here=url_for("coordinator.replacement", replacement_id=replacement_id),
        problem=problem,
    )


def _counts(found: Listed) -> list[tuple[str, int]]:
    return [(STATE_WORDS[state], found.counts.get(state, 0)) for state in RowState if found.counts.get(state, 0)]
