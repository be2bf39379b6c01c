"""Saving a change of hours or licenses in two steps: visits that it would strand are shown before anything is saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.errors import Conflict, Invalid
from clinic.scheduling import actions
from clinic.scheduling.actions import OUTSIDE_HOURS, Preview, Trouble, WouldStrand
from clinic.scheduling.errors import HoursRefused
from clinic.web.frame.form_state import Typed
from clinic.web.frame.forms import FormModel, FormState, Many, Tick, filled
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now, runtime

Change = Callable[[Session], object]


class Confirmed(FormModel):
    """What the page in between adds to a form: the visits that the person has seen there, or the wish to go back."""

    seen: Many[UUID]
    go_back: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What surrounds a change: its form's page, how it is called, and where it ends.

    `show` renders the form with what is wrong; `physician_id` None looks at every physician's visits; `back` is the
    address and name of the page that the person came from.
    """

    show: Callable[[FormState], ResponseReturnValue]
    physician_id: UUID | None
    what: str
    done: str
    leave: Callable[[], ResponseReturnValue]
    back: tuple[str, str]
    trouble: Trouble = OUTSIDE_HOURS


def save(change: Change, form: Confirmed, step: Step) -> ResponseReturnValue:
    """Save the change, or show the visits that it would strand and ask, or show what is wrong with it."""
    if form.go_back:
        return step.show(filled(form))
    try:
        with runtime().begin(by=actor()) as session:
            outcome = actions.apply(
                session,
                change,
                physician_id=step.physician_id,
                by=actor(),
                now=now(),
                seen=form.seen,
                trouble=step.trouble,
            )
    except WouldStrand as found:
        return _ask(found.preview, form, step)
    except (Invalid, Conflict) as refusal:
        return step.show(form.refused(refusal))
    flash(" ".join([step.done, *_consequences(outcome)]))
    return step.leave()


def past(field: str) -> HoursRefused:
    """Return the refusal of a change that would begin before today."""
    return HoursRefused("Choose today or a later day: hours that have been are not changed.", field=field)


def _ask(preview: Preview, form: Confirmed, step: Step) -> ResponseReturnValue:
    return render_template(
        "stranding.html",
        stranded=preview.stranded,
        covered_again=len(preview.covered_again),
        fields=_sent_again(form),
        what=step.what,
        action=request.path,
        back=step.back,
        may_move=may_open("coordinator.visit"),
        may_replace=may_open("coordinator.new_replacement") and _is_one_physician(preview),
    )


def _is_one_physician(preview: Preview) -> bool:
    return len({found.visit.physician_id for found in preview.stranded}) == 1


def _sent_again(form: Confirmed) -> list[tuple[str, str]]:
    """Return name and value of every box, to be carried over the question."""
    own = set(type(form).model_fields) - set(Confirmed.model_fields)
    return [pair for name, typed in _kept(form, own).items() for pair in _pairs(name, typed) if pair[1]]


def _kept(form: Confirmed, names: set[str]) -> Mapping[str, Typed]:
    return {name: typed for name, typed in filled(form).values.items() if name in names}


def _pairs(name: str, typed: Typed) -> list[tuple[str, str]]:
    return [(name, typed)] if isinstance(typed, str) else [(name, value) for value in typed]


def _consequences(outcome: Preview) -> list[str]:
    said = []
    if outcome.stranded:
        number = len(outcome.stranded)
        said.append(f"{number} {'task was' if number == 1 else 'tasks were'} opened for coordinators.")
    if outcome.covered_again:
        number = len(outcome.covered_again)
        said.append(f"{number} {'visit fits' if number == 1 else 'visits fit'} again.")
    return said
