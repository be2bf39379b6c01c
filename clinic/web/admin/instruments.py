"""What patients can be asked: each instrument with its license, languages, scores, and slots that a clinic fills."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.fhir.questionnaire import questionnaire
from clinic.kernel.actor import Role
from clinic.monitoring.errors import UnknownInstrument
from clinic.monitoring.queries import instruments as queries
from clinic.monitoring.rules.instruments import Instrument, Wording
from clinic.monitoring.rules.registry import slots
from clinic.monitoring.rules.supplementing import may_be_defined, may_be_translated
from clinic.web.admin import blueprint
from clinic.web.admin.instruments_words import (
    LANGUAGES,
    languages_words,
    questions,
    ringing,
    score_words,
    version_words,
    wording_chip,
)
from clinic.web.frame import policy
from clinic.web.frame.json_file import json_file
from clinic.web.frame.requests import actor, now, runtime

READERS = (Role.ADMIN, Role.PHYSICIAN)
_ORDER = (Wording.OFFICIAL, Wording.UNCONFIRMED, Wording.CLINIC)
WORDS = {
    "languages_words": languages_words,
    "questions": questions,
    "ringing": ringing,
    "score_words": score_words,
    "version_words": version_words,
    "wording_chip": wording_chip,
}


@blueprint.get("/admin/instruments")
@policy.staff(*READERS)
def instruments() -> str:
    """List what can be asked, and the licensed instruments whose text a clinic puts in itself."""
    with runtime().begin(by=actor()) as session:
        found = queries.instruments(session)
    return render_template(
        "admin/instruments/index.html",
        found=sorted(found.values(), key=lambda one: (_ORDER.index(one.wording), one.name)),
        open_slots=[slot for key, slot in slots().items() if key not in found],
        **WORDS,
    )


@blueprint.get("/admin/instruments/<instrument_key>")
@policy.staff(*READERS)
def instrument(instrument_key: str) -> str:
    """Show one instrument, or an open slot with what would be put in."""
    with runtime().begin(by=actor()) as session:
        known = queries.supplies(session, instrument_key)
        found = _found(session, instrument_key)
        return render_template(
            "admin/instruments/instrument.html",
            key=instrument_key,
            found=found,
            slot=slots().get(instrument_key),
            history=sorted(known.rows, key=lambda row: row.at, reverse=True),
            may_be_defined=may_be_defined(instrument_key),
            translations=[
                (code, name)
                for code, name in LANGUAGES.items()
                if found is not None and may_be_translated(instrument_key, code)
            ],
            language_names=LANGUAGES,
            now=now(),
            **WORDS,
        )


@blueprint.get("/admin/instruments/<instrument_key>/questionnaire.<language>.json")
@policy.staff(*READERS)
def questionnaire_file(instrument_key: str, language: str) -> ResponseReturnValue:
    """Download an instrument as a FHIR R4B Questionnaire."""
    with runtime().begin(by=actor()) as session:
        found = queries.instrument(session, instrument_key)
    if language not in found.languages:
        raise queries.unknown_instrument()
    return json_file(f"questionnaire-{found.key}-{found.version}-{language}.json", questionnaire(found, language))


def _found(session: Session, key: str) -> Instrument | None:
    """Return the instrument, or None for a slot that is open; raises UnknownInstrument for anything else."""
    try:
        return queries.instrument(session, key)
    except UnknownInstrument:
        if key in slots():
            return None
        raise
