"""The most visits of a day or a week, the same for a physician's own pages and for an administrator's."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.localtime import in_zone
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import UnknownCap
from clinic.scheduling.models import VisitCap
from clinic.scheduling.rules.caps import CapPer, cap_words
from clinic.web.frame.forms import FormErrors, FormState, IsoDate, Line, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.stranding import Confirmed, Step, past, save

_SAVED = ("most", "effective_from", "effective_until")


class CapDates(Confirmed):
    """How many visits, and when that holds."""

    most: WholeNumber
    effective_from: IsoDate
    effective_until: IsoDate | None = None

    words: ClassVar[dict[str, str]] = {
        "most": "Enter a whole number from 0 to 200.",
        "effective_from": "Enter the first day on which the cap holds.",
        "effective_until": "Enter the last day as a date, or leave it empty.",
    }


class NewCap(CapDates):
    """A cap as typed; without a kind it counts every visit."""

    visit_type_code: Line | None = None
    per: CapPer

    words: ClassVar[dict[str, str]] = {**CapDates.words, "per": "Choose whether it counts a day or a week."}


class SavedCap(CapDates):
    """A cap as typed over a saved one."""

    version: WholeNumber


class SeenCap(Confirmed):
    """The cap as it was shown."""

    version: WholeNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class CapPages:
    """Whose cap it is and the addresses around its page; `own` when the physician asks."""

    physician: Physician
    action: str
    removal: str = ""
    back: tuple[str, str]
    section: str
    own: bool
    leave: Callable[[], ResponseReturnValue]


def ask_new(pages: CapPages) -> ResponseReturnValue:
    """Show an empty form."""
    return _show_new(pages, blank_form(per=CapPer.DAY, effective_from=in_zone(now(), pages.physician.zone).date()))


def add(pages: CapPages) -> ResponseReturnValue:
    """Set a cap, after showing the visits that are too many under it."""
    form = read_form(NewCap)
    if isinstance(form, FormErrors):
        return _show_new(pages, form)
    if form.effective_from < in_zone(now(), pages.physician.zone).date():
        return _show_new(pages, form.refused(past("effective_from")))
    change = partial(
        actions.set_cap,
        physician_id=pages.physician.id,
        visit_type_code=form.visit_type_code,
        per=form.per,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        by=actor(),
        now=now(),
    )
    return save(change, form, _step(pages, partial(_show_new, pages), _said(form.most, form.per), verb="set"))


def ask(pages: CapPages, cap_id: UUID) -> ResponseReturnValue:
    """Show a cap in boxes."""
    found = _cap(pages, cap_id)
    return _show(pages, cap_id, filled({name: getattr(found, name) for name in _SAVED}))


def change(pages: CapPages, cap_id: UUID) -> ResponseReturnValue:
    """Change a cap, after showing the visits that are too many under it."""
    found, form = _cap(pages, cap_id), read_form(SavedCap)
    show = partial(_show, pages, cap_id)
    if isinstance(form, FormErrors):
        return show(form)
    edit = partial(
        actions.change_cap,
        cap_id=cap_id,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return save(edit, form, _step(pages, show, _said(form.most, found.per), verb="saved"))


def remove(pages: CapPages, cap_id: UUID) -> ResponseReturnValue:
    """Take a cap back; visits that were too many fit again."""
    found, form = _cap(pages, cap_id), read_form(SeenCap)
    show = partial(_show, pages, cap_id)
    if isinstance(form, FormErrors):
        return show(form)
    edit = partial(actions.remove_cap, cap_id=cap_id, version=form.version, by=actor(), now=now())
    return save(edit, form, _step(pages, show, _said(found.most, found.per), verb="removed"))


def _said(most: int, per: str) -> str:
    return f"Cap of {cap_words(most, per)}"


def _step(pages: CapPages, show: Callable[[FormState], ResponseReturnValue], said: str, *, verb: str) -> Step:
    whose = "" if pages.own else f"{pages.physician.full_name}. "
    return Step(
        show=show,
        physician_id=pages.physician.id,
        what=f"{whose}{said} is {verb}",
        done=f"{said}: {verb}.",
        leave=pages.leave,
        back=pages.back,
    )


def _cap(pages: CapPages, cap_id: UUID) -> VisitCap:
    """Return a cap of this physician; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        found = queries.cap(session, cap_id)
    if found.physician_id != pages.physician.id:
        raise UnknownCap("There is no such cap. It may have been removed already.")
    return found


def _show_new(pages: CapPages, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        kinds = [(kind.code, kind.name) for kind in queries.visit_types(session)]
    pers = [(CapPer.DAY, "A day", "Each day for itself."), (CapPer.WEEK, "A week", "Monday to Sunday.")]
    page = render_template("caps/cap.html", pages=pages, cap=None, form=form, kinds=kinds, pers=pers)
    return page, form.status


def _show(pages: CapPages, cap_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form with the cap as it is now, which after a colleague's change is not as it was."""
    cap = _cap(pages, cap_id)
    with runtime().begin(by=actor()) as session:
        kind = queries.visit_type(session, cap.visit_type_code).name if cap.visit_type_code else None
    said = _said(cap.most, cap.per) + (f" ({kind})" if kind else "")
    return render_template("caps/cap.html", pages=pages, cap=cap, form=form, said=said), form.status
