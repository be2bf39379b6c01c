"""Putting in a translation or a definition as JSON: look at it first, then save it with the right to use it."""

import json
from http import HTTPStatus
from typing import Annotated

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.monitoring.actions.instruments import supplied_instrument, supply_instrument
from clinic.monitoring.queries import instruments as queries
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.registry import newest, slots
from clinic.monitoring.rules.supplementing import may_be_defined, may_be_translated, skeleton_of, template_of
from clinic.web.admin import blueprint
from clinic.web.admin.instruments import WORDS
from clinic.web.admin.instruments_words import LANGUAGES
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

LONGEST = 100_000
_PATH = "/admin/instruments/<instrument_key>/<any(translation, definition):kind>/<any(en, es):language>"

Pasted = Annotated[str, StringConstraints(max_length=LONGEST)]


class Draft(FormModel):
    """A text as it was pasted; `seen` is the number of the newest one when the page was opened."""

    text: Pasted
    licence_note: Note | None = None
    seen: WholeNumber

    words = {  # noqa: RUF012 - read by FormModel
        "text": "Paste the text as JSON.",
        "text.long": f"This is too long. Use at most {LONGEST:,} characters.",
        "licence_note": "Say by what right you use these words.",
    }


class Supply(Draft):
    """The same with the right to use it."""

    licence_note: Note


@blueprint.get(_PATH)
@policy.staff(Role.ADMIN, fresh_mfa=True)
def ask_supply(instrument_key: str, kind: str, language: str) -> ResponseReturnValue:
    """Show where to paste, with the shape that is expected filled in."""
    start, seen = _begin(instrument_key, kind, language)
    text = json.dumps(start, ensure_ascii=False, indent=2)
    return _show(instrument_key, kind, language, form=blank_form(text=text, seen=seen))


@blueprint.post(f"{_PATH}/preview")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def preview_supply(instrument_key: str, kind: str, language: str) -> ResponseReturnValue:
    """Show what patients would be asked, or the first fault; nothing is saved."""
    _begin(instrument_key, kind, language)
    form = read_form(Draft)
    if isinstance(form, FormErrors):
        return _show(instrument_key, kind, language, form=form)
    try:
        with runtime().begin(by=actor()) as session:
            seen = supplied_instrument(session, key=instrument_key, kind=kind, language=language, text=form.text)
    except Invalid as refusal:
        return _show(instrument_key, kind, language, form=form.refused(refusal))
    return _show(instrument_key, kind, language, form=filled(form), preview=seen)


@blueprint.post(_PATH)
@policy.staff(Role.ADMIN, fresh_mfa=True)
def supply(instrument_key: str, kind: str, language: str) -> ResponseReturnValue:
    """Keep what was pasted; it counts from now on."""
    _begin(instrument_key, kind, language)
    form = read_form(Supply)
    if isinstance(form, FormErrors):
        return _show(instrument_key, kind, language, form=form)
    try:
        with runtime().begin(by=actor()) as session:
            supply_instrument(
                session,
                key=instrument_key,
                kind=kind,
                language=language,
                text=form.text,
                licence_note=form.licence_note,
                seen=form.seen,
                by=actor(),
                now=now(),
            )
    except (Conflict, Invalid) as refusal:
        return _show(instrument_key, kind, language, form=form.refused(refusal))
    flash("Saved. It is asked from now on.")
    return see_other("admin.instrument", instrument_key=instrument_key)


def _begin(key: str, kind: str, language: str) -> tuple[dict[str, object], int]:
    """Return what to begin with and the newest number; raises UnknownInstrument where nothing can be put in."""
    with runtime().begin(by=actor()) as session:
        rows = [row for row in queries.supplies(session, key).of(key, kind) if row.language == language]
        seen = rows[0].number if rows else 0
        if kind == queries.TRANSLATION and may_be_translated(key, language):
            return template_of(queries.instrument(session, key), language=language), seen
        if kind == queries.DEFINITION and may_be_defined(key) and language == "en":
            return (dict(rows[0].content) if rows else skeleton_of(key)), seen
    raise queries.unknown_instrument()


def _show(
    key: str, kind: str, language: str, *, form: FormState, preview: Instrument | None = None
) -> ResponseReturnValue:
    _, number = _begin(key, kind, language)
    known = newest(key)
    slot = slots().get(key)
    name = known.name if known is not None else slot.name if slot is not None else key
    page = render_template(
        "admin/instruments/supply.html",
        key=key,
        kind=kind,
        language=language,
        language_word=LANGUAGES[language],
        name=name,
        slot=slot,
        form=form,
        seen=number if form.status is HTTPStatus.CONFLICT else form.value("seen") or number,
        is_changed=form.status is HTTPStatus.CONFLICT,
        longest=LONGEST,
        preview=preview,
        preview_language=language,
        **WORDS,
    )
    return page, form.status
