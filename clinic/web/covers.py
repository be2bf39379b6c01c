"""Naming and taking back a cover, the same for a physician's own pages and for an administrator's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.errors import Conflict, DomainError
from clinic.people import actions as people_actions
from clinic.people import queries as people
from clinic.people.errors import CoverNotFound
from clinic.people.models import Physician
from clinic.people.queries import CoverRow
from clinic.people.rules import STATES
from clinic.people.rules.covers import Days, LicenceGap
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    Line,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime


class CoverForm(FormModel):
    """Who covers and when; `told` says which warnings the person has read."""

    colleague: UUID
    first_day: IsoDate
    last_day: IsoDate
    told: Line | None = None

    words: ClassVar[dict[str, str]] = {
        "colleague": "Choose who looks after the patients.",
        "first_day": "Enter the first day as a date.",
        "last_day": "Enter the last day as a date.",
    }


class SeenCover(FormModel):
    """The cover as it was shown."""

    version: WholeNumber


class WantsAYes(Conflict):
    """The cover is possible, but there is something to know first."""

    code = "wants_a_yes"

    def __init__(self, warnings: Sequence[str]) -> None:
        """Keep what to say."""
        super().__init__("Read the warnings, then press the button again.")
        self.warnings = tuple(warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPages:
    """Whose cover it is and the addresses around its pages; `own` when the physician asks."""

    physician: Physician
    action: str
    back: tuple[str, str]
    section: str
    own: bool
    leave: Callable[[], ResponseReturnValue]


def ask_new(pages: CoverPages) -> ResponseReturnValue:
    """Show an empty form."""
    return _show_new(pages, blank_form())


def add(pages: CoverPages) -> ResponseReturnValue:
    """Name the cover, or show what speaks against it, or what to know before."""
    form = read_form(CoverForm)
    if isinstance(form, FormErrors):
        return _show_new(pages, form)
    try:
        with runtime().begin(by=actor()) as session:
            name = _name(session, pages.physician, form)
    except WantsAYes as found:
        return _show_new(pages, filled(form), found.warnings)
    except DomainError as refusal:
        return _show_new(pages, form.refused(refusal))
    flash(f"{name} looks after {'your' if pages.own else 'these'} patients from {day_text(form.first_day)}.")
    return pages.leave()


def ask_removal(pages: CoverPages, cover_id: UUID) -> ResponseReturnValue:
    """Ask whether a cover is taken back."""
    return _show_removal(pages, _cover(pages, cover_id), blank_form())


def remove(pages: CoverPages, cover_id: UUID) -> ResponseReturnValue:
    """Take a cover back; the colleague sees these patients no more."""
    form = read_form(SeenCover)
    found = _cover(pages, cover_id)
    if isinstance(form, FormErrors):
        return _show_removal(pages, found, form)
    try:
        with runtime().begin(by=actor()) as session:
            people_actions.remove_cover(session, cover_id=cover_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        return _show_removal(pages, found, form.refused(refusal))
    flash(f"Taken back. {found.cover_name} does not see these patients any more.")
    return pages.leave()


def warnings_of(session: Session, *, physician_id: UUID, colleague_id: UUID, days: Days) -> list[str]:
    """Return what to know before a cover is named, in sentences: licenses, accounts, covers that are not handed on."""
    known = people.physicians_by_id(session, [physician_id, colleague_id])
    absent, colleague = known[physician_id], known[colleague_id]
    gaps = people.gaps_of_cover(session, physician_id=physician_id, colleague_id=colleague_id, days=days, now=now())
    said = [_gap_words(colleague.full_name, gap, days) for gap in gaps]
    if colleague.staff_id is None:
        said.append(f"{colleague.full_name} has no account to sign in with yet, and so sees no record.")
    others = [row for row in people.covers_between(session, [physician_id], days) if row.cover_id == physician_id]
    return said + [
        f"{absent.full_name} covers for {row.physician_name} until {day_text(row.last_day)}. "
        f"That is not handed on: {colleague.full_name} does not see those patients."
        for row in others
    ]


def _name(session: Session, physician: Physician, form: CoverForm) -> str:
    """Name the cover and return the colleague's name; WantsAYes rolls it back."""
    days = (form.first_day, form.last_day)
    people_actions.name_cover(
        session,
        physician_id=physician.id,
        colleague_id=form.colleague,
        first_day=form.first_day,
        last_day=form.last_day,
        by=actor(),
        now=now(),
    )
    warnings = warnings_of(session, physician_id=physician.id, colleague_id=form.colleague, days=days)
    if warnings and form.told != _mark(warnings):
        raise WantsAYes(warnings)
    return people.physician(session, form.colleague).full_name


def _gap_words(name: str, gap: LicenceGap, days: Days) -> str:
    patients = "1 of these patients lives" if gap.patients == 1 else f"{gap.patients} of these patients live"
    is_all = (gap.first_day, gap.last_day) == days
    when = "" if is_all else f" from {day_text(gap.first_day)} to {day_text(gap.last_day)}"
    return f"{name} has no {STATES[gap.state]} license{when}, and {patients} there."


def _mark(warnings: Sequence[str]) -> str:
    return sha256("|".join(warnings).encode()).hexdigest()[:16]


def _cover(pages: CoverPages, cover_id: UUID) -> CoverRow:
    """Return a cover for this physician; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        found = people.cover(session, cover_id)
    if found.physician_id != pages.physician.id:
        raise CoverNotFound("There is no such cover. It may have been taken back already.")
    return found


def _show_new(pages: CoverPages, form: FormState, warnings: Sequence[str] = ()) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        others = [one for one in people.active_physicians(session) if one.id != pages.physician.id]
    choices = [(str(one.id), one.full_name) for one in others]
    page = render_template(
        "covers/new.html",
        pages=pages,
        form=form,
        choices=choices,
        warnings=warnings,
        told=_mark(warnings) if warnings else "",
    )
    return page, form.status


def _show_removal(pages: CoverPages, found: CoverRow, form: FormState) -> ResponseReturnValue:
    return render_template("covers/remove.html", pages=pages, cover=found, form=form), form.status
