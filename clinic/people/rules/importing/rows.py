"""One row of a file as a patient's details, or every reason why it is not, each with its column."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from clinic.kernel.errors import DomainError, Invalid
from clinic.kernel.phone import to_e164
from clinic.kernel.text import clean_line, search_key
from clinic.people.rules.consent import ConsentGiven, ConsentSource, wording
from clinic.people.rules.contact import city_name, email_address, postal_code, street_line
from clinic.people.rules.counties import CENTRAL, EASTERN, STATES, counties, county
from clinic.people.rules.importing.columns import Header, name_of
from clinic.people.rules.importing.files import RawRow
from clinic.people.rules.names import person_name
from clinic.people.rules.patients import NewPatient

Value = TypeVar("Value")

_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_US = re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})")
_KEY = re.compile(r"\S{1,64}")
_RECORD = re.compile(r"[2-9A-HJ-NP-Z]{3}-?[2-9A-HJ-NP-Z]{4}")
_DROPPED_ZERO = re.compile(r"[78][0-9]{3}(-[0-9]{4})?")
_ZONES = MappingProxyType({"eastern": EASTERN, "et": EASTERN, "central": CENTRAL, "ct": CENTRAL})
_LANGUAGES = MappingProxyType({"en": "en", "english": "en", "es": "es", "spanish": "es", "espanol": "es"})
_COLUMNS_OF_FIELDS = MappingProxyType(
    {"county_fips": "county", "consent_source": "consent_source", "wording": "consent_wording"}
)


class RowRefused(Invalid):
    """The row cannot be taken; `column` is the first column that is wrong, the message names each."""

    code = "row_refused"

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep the first column, and all reasons in one line; a reason without a column has the key ''."""
        super().__init__(" ".join(f"{name}: {why}" if name else why for name, why in problems.items()))
        self.column = next(iter(problems), "") or None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """What one row says of a patient; None in an optional field means that the row does not say."""

    line: int
    external_key: str | None
    record_number: str | None
    new: NewPatient
    language: str | None
    consent: ConsentGiven | None
    declines_texts: bool

    def onto(self, *, preferred_name: str | None, email: str | None, zone: str | None, language: str) -> NewPatient:
        """Return the details of a record after this row, given what it holds: what the row does not say stays."""
        return replace(
            self.new,
            preferred_name=self.new.preferred_name or preferred_name,
            email=self.new.email or email,
            zone=self.new.zone or zone,
            language=self.language or language,
        )


def refusal_of(refusal: DomainError) -> RowRefused:
    """Return a domain's refusal as that of a row, with the field's name as the file has it."""
    if isinstance(refusal, RowRefused):
        return refusal
    field = refusal.field or ""
    return RowRefused({_COLUMNS_OF_FIELDS.get(field, field): refusal.message})


def read_row(header: Header, raw: RawRow) -> ImportedRow:
    """Return what the row says, or raise RowRefused with every column that is wrong and what to write instead."""
    if len(raw.cells) != len(header.names):
        raise RowRefused({"": _wrong_width(len(raw.cells), len(header.names))})
    if tuple(map(name_of, raw.cells)) == header.names:
        raise RowRefused({"": "This line repeats the names of the columns. Take it out."})
    return _Reading(header.named(raw.cells)).row(raw.line)


def _wrong_width(has: int, wanted: int) -> str:
    trouble = "Put cells that hold a comma between quotation marks." if has > wanted else "Look for a missing comma."
    return f"This line has {has} cells and the first line has {wanted}. {trouble}"


class _Reading:
    """The cells of one row while they are read, and what is wrong with them so far."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self._problems: dict[str, str] = {}

    def row(self, line: int) -> ImportedRow:
        new, language = self._details(), self._optional("language", _language)
        row = ImportedRow(
            line=line,
            external_key=self._optional("external_key", _external_key),
            record_number=self._optional("record_number", _record_number),
            new=replace(new, language=language or "en"),
            language=language,
            consent=self._consent(),
            declines_texts=self._agrees() is False,
        )
        if self._problems:
            raise RowRefused(self._problems)
        return row

    def _details(self) -> NewPatient:
        state = self._required("state", _state) or ""
        return NewPatient(
            legal_first_name=self._required("legal_first_name", person_name) or "",
            legal_last_name=self._required("legal_last_name", person_name) or "",
            preferred_name=self._optional("preferred_name", person_name),
            birth_date=self._required("birth_date", _day) or date.min,
            phone=self._required("phone", to_e164) or "",
            email=self._optional("email", email_address),
            address_line=self._required("address_line", street_line) or "",
            city=self._required("city", city_name) or "",
            state=state,
            postal_code=self._required("postal_code", lambda typed: _zip(typed, state)) or "",
            county_fips=self._required("county", lambda typed: _county(typed, state)) or "",
            zone=self._optional("zone", _zone),
        )

    def _consent(self) -> ConsentGiven | None:
        """Return the consent; without a yes the columns beside it must be empty too."""
        if self._agrees():
            source = self._required("consent_source", _source)
            version = self._required("consent_wording", _wording)
            day = self._required("consent_date", _day)
            return ConsentGiven(source=source, wording_version=version, given_on=day) if source and version else None
        filled = [name for name in ("consent_source", "consent_date", "consent_wording") if self._cells[name].strip()]
        if filled and "texts_consent" not in self._problems and self._agrees() is None:
            self._problems["texts_consent"] = f"Write yes, or empty {', '.join(filled)} too."
        return None

    def _agrees(self) -> bool | None:
        return self._optional("texts_consent", _yes_or_no)

    def _required(self, name: str, rule: Callable[[str], Value]) -> Value | None:
        if not self._cells[name].strip():
            self._problems.setdefault(name, "This cell is empty, and we need it.")
            return None
        return self._optional(name, rule)

    def _optional(self, name: str, rule: Callable[[str], Value]) -> Value | None:
        typed = self._cells[name].strip()
        if not typed:
            return None
        if "\n" in typed or "\r" in typed:
            self._problems.setdefault(name, "This cell goes over two lines. Write it in one.")
            return None
        try:
            return rule(clean_line(typed))
        except DomainError as refusal:
            self._problems.setdefault(name, refusal.message)
            return None


def _external_key(typed: str) -> str:
    if not _KEY.fullmatch(typed):
        raise Invalid("Write up to 64 characters without spaces.")
    return typed


def _record_number(typed: str) -> str:
    plain = typed.upper()
    if not _RECORD.fullmatch(plain):
        raise Invalid("Write the record number as this clinic does, like K7M-2QF4, or leave the cell empty.")
    return plain if "-" in plain else f"{plain[:3]}-{plain[3:]}"


def _day(typed: str) -> date:
    found = _ISO.fullmatch(typed) or _US.fullmatch(typed)
    try:
        if found:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise Invalid("There is no such day. Write it like 1984-03-12 or 3/12/1984 (month first).") from error
    raise Invalid("Write the date like 1984-03-12 or 3/12/1984 (month first).")


def _state(typed: str) -> str:
    for code, name in STATES.items():
        if search_key(typed) in {code.lower(), name.lower()}:
            return code
    raise Invalid("Write FL or NJ. The clinic serves Florida and New Jersey.")


def _zip(typed: str, state: str) -> str:
    """Return the ZIP code; every one of New Jersey begins with the zero that spreadsheets drop."""
    whole = f"0{typed}" if state == "NJ" and _DROPPED_ZERO.fullmatch(typed) else typed
    return postal_code(whole, state) if state in STATES else whole


def _county(typed: str, state: str) -> str:
    if typed.isdecimal() and typed.isascii():
        return county(typed.zfill(5)).fips if typed.zfill(5) in _fips() else _unknown_county(state)
    wanted = _county_key(typed)
    found = [one.fips for one in counties(state or None) if _county_key(one.name) == wanted]
    return found[0] if found else _unknown_county(state)


def _fips() -> set[str]:
    return {one.fips for one in counties()}


def _county_key(name: str) -> str:
    plain = search_key(name).removesuffix("county").replace("saint ", "st ")
    return "".join(symbol for symbol in plain if symbol.isalnum())


def _unknown_county(state: str) -> str:
    where = f" in {STATES[state]}" if state in STATES else ""
    raise Invalid(f"We know no such county{where}. Write its name or 5-digit code, like Miami-Dade or 12086.")


def _zone(typed: str) -> str:
    if typed in {EASTERN, CENTRAL}:
        return typed
    found = _ZONES.get(search_key(typed).removesuffix(" time"))
    if found is None:
        raise Invalid("Write Eastern or Central, or leave the cell empty.")
    return found


def _language(typed: str) -> str:
    found = _LANGUAGES.get(search_key(typed))
    if found is None:
        raise Invalid("Write en or es, or leave the cell empty.")
    return found


def _yes_or_no(typed: str) -> bool:
    if typed.lower() not in {"yes", "no"}:
        raise Invalid("Write yes or no, or leave the cell empty.")
    return typed.lower() == "yes"


def _source(typed: str) -> ConsentSource:
    plain = search_key(typed).replace(" ", "_").replace("-", "_")
    if plain not in {ConsentSource.IN_PERSON, ConsentSource.PHONE_CALL, ConsentSource.WEB_FORM}:
        raise Invalid("Write in person, phone call or web form.")
    return ConsentSource(plain)


def _wording(typed: str) -> str:
    try:
        return wording(typed).version
    except DomainError as error:
        raise Invalid("Write the version of the wording as the consent page shows it, like sms-2026-11-en.") from error
