"""A signed form as a PDF: the words that were signed, and the record of the signature with their hash."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import typst
from babel.dates import format_datetime

from clinic.consents.queries.signatures import SignedForm
from clinic.kernel.localtime import in_zone
from clinic.runtime import ClinicFacts
from clinic.web.documents.consent_words import WORDS


def consent_pdf(signed: SignedForm, *, clinic: ClinicFacts, zone: str) -> bytes:
    """Return the file in the language in which the form was signed; `zone` is the patient's."""
    data = _data(signed, zone) | {"clinic": clinic.name}
    made = typst.compile(_template(), sys_inputs={"data": json.dumps(data)}, ignore_system_fonts=True, format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("one document was asked for")
    return made


def consent_file_name(signed: SignedForm) -> str:
    """Return the name under which the file is saved, such as form-privacy-1.pdf; it names nobody."""
    return f"form-{signed.version.kind.value.replace('_', '-')}-{signed.version.number}.pdf"


@cache
def _template() -> bytes:
    return Path(__file__).with_name("consent.typ").read_bytes()


def _when(at: datetime, zone: str, language: str) -> str:
    local = in_zone(at, zone)
    return format_datetime(local, "long", tzinfo=local.tzinfo, locale=f"{language}_US")


def _data(signed: SignedForm, zone: str) -> dict[str, object]:
    text, language = signed.words.text, signed.row.language
    return {
        "language": language,
        "title": text.title,
        "blocks": [[block.kind.value, block.text] for block in text.blocks],
        "record": WORDS["record"].words(language),
        "facts": _facts(signed, language, zone),
        "statement": signed.row.statement,
        "page": WORDS["page"].words(language),
    }


def _facts(signed: SignedForm, language: str, zone: str) -> list[list[str]]:
    """Return the record of the signature, line by line."""
    row, unknown = signed.row, WORDS["unknown"].words(language)
    facts = {
        "name": row.typed_name or unknown,
        "at": _when(row.at, zone, language),
        "utc": row.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "released_to": row.released_to,
        "version": WORDS["version_line"].words(language).format(number=signed.version.number),
        "sha256": row.sha256,
        "address": row.address or unknown,
        "agent": row.agent or unknown,
        "signature_id": str(row.id),
        "withdrawn": _when(signed.withdrawal.at, zone, language) if signed.withdrawal else None,
    }
    return [[WORDS[key].words(language), said] for key, said in facts.items() if said]
