"""Consent to texts: how it is given, in which words, and when a number may be texted."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files

from clinic.people.errors import UnknownSource, UnknownWording


class ConsentChange(StrEnum):
    """What happened to a number's consent."""

    CONSENTED = "consented"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


class ConsentSource(StrEnum):
    """How a change of consent reached the clinic; `not_asked` marks a number that nobody was asked about yet.

    `named` is of a support person, who agreed through the patient that named the number.
    """

    NOT_ASKED = "not_asked"
    NAMED = "named"
    IN_PERSON = "in_person"
    PHONE_CALL = "phone_call"
    WEB_FORM = "web_form"
    TEXT_REPLY = "text_reply"
    PROVIDER = "provider"


CONSENT_SOURCES = frozenset({ConsentSource.IN_PERSON, ConsentSource.PHONE_CALL, ConsentSource.WEB_FORM})
"""Ways in which a person consents with the wording before them or read to them."""

LIFTED_BY_TEXT_ONLY = frozenset({ConsentSource.TEXT_REPLY, ConsentSource.PROVIDER})
"""After these opt-outs the carriers block the number until it texts START, whatever the clinic's records say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """One consent: how it was given and which wording was shown or read (`ConsentWording.version`).

    `given_on` is the day, where the consent is older than its record; its number then gets no greeting.
    """

    source: ConsentSource
    wording_version: str
    given_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWording:
    """The exact words of one version; `{clinic}` in `text` stands for the clinic's name."""

    version: str
    language: str
    text: str

    def for_clinic(self, name: str) -> str:
        """Return the words with the clinic's name in place."""
        return self.text.replace("{clinic}", name)


def wording(version: str) -> ConsentWording:
    """Return the words of a version, or raise UnknownWording."""
    found = _by_version().get(version)
    if found is None:
        raise UnknownWording("This consent text is out of date. Reload the page and read the new one.", field="wording")
    return found


def current_wording(language: str) -> ConsentWording:
    """Return the newest words in a language; versions sort by their date."""
    return max((each for each in _by_version().values() if each.language == language), key=lambda each: each.version)


def require_consent(given: ConsentGiven) -> ConsentGiven:
    """Return the consent if its source and wording exist, or raise UnknownSource or UnknownWording."""
    if given.source not in CONSENT_SOURCES:
        raise UnknownSource("Choose how the patient said yes.", field="consent_source")
    wording(given.wording_version)
    return given


def is_texting_allowed(consented_at: datetime | None, opted_out_at: datetime | None) -> bool:
    """Tell whether a number may be texted now."""
    return consented_at is not None and opted_out_at is None


@cache
def _by_version() -> dict[str, ConsentWording]:
    """Read every `consent_sms*.md`: old wordings stay beside the new ones, because history names them."""
    folder = files("clinic.people") / "data"
    pages = [page for page in folder.iterdir() if page.name.startswith("consent_sms") and page.name.endswith(".md")]
    wordings = [_wording(page.name.split(".")[-2], page.read_text(encoding="utf-8")) for page in pages]
    return {each.version: each for each in wordings}


def _wording(language: str, page: str) -> ConsentWording:
    head, _, body = page.partition("\n\n")
    return ConsentWording(
        version=head.removeprefix("version: ").strip(),
        language=language,
        text=" ".join(body.split()),
    )
