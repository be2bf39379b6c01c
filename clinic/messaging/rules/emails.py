"""The clinic's e-mails: package data by key and version, and how one is put into words."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.kernel.localtime import day_label, next_open, time_label
from clinic.messaging.errors import MissingVariable
from clinic.messaging.rules.kinds import Category, Policy
from clinic.messaging.rules.lint import word_faults
from clinic.messaging.rules.templates import Facts, dashed, placeholders
from clinic.messaging.rules.versions import newest_of, version_in

EMAIL_LANE = 4
"""The queue of e-mails; the lower numbers are those of texts."""

ANY_SUBJECT = "any"
"""What an e-mail is about that may be about anything."""

LONGEST_SUBJECT = 120

_KNOWN = frozenset({"clinic", "date", "time", "link", "phone", "what"})
_LANGUAGES = ("en", "es")
_VARIABLE_OF = {"date": "starts_at", "time": "starts_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate:
    """One e-mail in every language, with the rules for sending it.

    `about` is the kind of subject. It is worth sending until the visit starts or for `valid_hours`. `has_calendar`: an
    invitation goes along. `passes_stop`: goes to staff although somebody stopped all texts.
    """

    key: str
    version: int
    category: Category
    policy: Policy
    about: str
    subject: Mapping[str, str]
    body: Mapping[str, str]
    body_without_link: Mapping[str, str] = field(default_factory=dict)
    valid_hours: int | None = None
    is_valid_until_start: bool = False
    has_calendar: bool = False
    passes_stop: bool = False

    @property
    def needs_link(self) -> bool:
        """Tell whether it cannot be written without a link."""
        return not self.body_without_link and any("{link}" in words for words in self.body.values())

    def words(self, language: str, *, has_link: bool) -> tuple[str, str]:
        """Return subject and body with their placeholders; English where a language has none."""
        bodies = self.body if has_link or not self.body_without_link else self.body_without_link
        chosen = language if language in bodies else "en"
        return self.subject[chosen], bodies[chosen]

    def expiry(self, due_at: datetime, starts_at: datetime | None) -> datetime:
        """Return the instant from which on the e-mail is no longer worth sending."""
        if not self.is_valid_until_start:
            return due_at + timedelta(hours=self.valid_hours or 0)
        if starts_at is None:
            raise MissingVariable(f"{self.key} needs starts_at")
        return starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An e-mail in words, without anything to fill in."""

    subject: str
    body: str


@cache
def all_emails() -> tuple[EmailTemplate, ...]:
    """Return every version of every e-mail of the package."""
    rows = json.loads(files("clinic.messaging").joinpath("data/emails.json").read_text(encoding="utf-8"))
    return tuple(_template(row) for row in rows)


@cache
def current_email(key: str) -> EmailTemplate:
    """Return the newest version of an e-mail, or raise UnknownTemplate."""
    return newest_of(all_emails(), key)


@cache
def email_version(key: str, version: int) -> EmailTemplate:
    """Return the version that an e-mail was planned with, or raise UnknownTemplate."""
    return version_in(all_emails(), key, version)


def keys_past_stop() -> frozenset[str]:
    """Return the keys of e-mails that leave although all texts are stopped."""
    return frozenset(template.key for template in all_emails() if template.passes_stop)


def _template(row: dict[str, Any]) -> EmailTemplate:
    return EmailTemplate(category=Category(row.pop("category")), policy=Policy(row.pop("policy")), **row)


def missing_from(template: EmailTemplate, variables: Collection[str], *, has_link: bool) -> list[str]:
    """Return what the e-mail names and nobody provides."""
    has_way = has_link or "page" in variables
    named = [placeholders(part) for part in template.words("en", has_link=has_way or template.needs_link)]
    wanted = {_VARIABLE_OF.get(name, name) for name in frozenset().union(*named)}
    provided = {*variables, "clinic", "phone", *(("link",) if has_way else ())}
    return sorted(wanted - provided)


def write(
    template: EmailTemplate,
    *,
    variables: Mapping[str, str],
    language: str,
    zone: str,
    facts: Facts,
    link_url: str | None,
) -> Written:
    """Return the e-mail as its reader sees it, with dates in the reader's language and zone.

    `variables` holds `starts_at` (ISO 8601 with offset) where the words name a date or time, and `page`, a path of our
    own site, where the link leads there.
    """
    if link_url is None and "page" in variables:
        link_url = f"{facts.site}{variables['page']}"
    if missing := missing_from(template, variables, has_link=link_url is not None):
        raise MissingVariable(f"{template.key} needs {', '.join(missing)}")
    subject, body = template.words(language, has_link=link_url is not None)
    values = {"clinic": facts.clinic, "phone": dashed(facts.phone), "link": link_url or ""} | _plain(variables)
    if "starts_at" in variables:
        starts_at = datetime.fromisoformat(variables["starts_at"])
        values["date"] = day_label(starts_at, zone, language=language)
        values["time"] = time_label(starts_at, zone, language=language)
    return Written(subject=" ".join(subject.format(**values).split()), body=body.format(**values))


def _plain(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name in _KNOWN}


def leaves_at(due_at: datetime, *, keeps_hours: bool, zone: str, worth_until: datetime) -> datetime | None:
    """Return when an e-mail that is wanted at `due_at` leaves, or None when that is too late to be any good."""
    chosen = next_open(due_at, zone) if keeps_hours else due_at
    return chosen if chosen < worth_until else None


def email_faults(template: EmailTemplate) -> list[str]:
    """Return what is wrong with an e-mail, one line each; its words keep the rules of texts, length apart."""
    found = [f"{template.key}: {fault}" for fault in _rule_faults(template)]
    for language in _LANGUAGES:
        for words in _words_in(template, language):
            found += [f"{template.key} {language}: {fault}" for fault in _word_faults(words)]
        if len(template.subject.get(language, "")) > LONGEST_SUBJECT:
            found.append(f"{template.key} {language}: the subject is too long")
    return found


def _rule_faults(template: EmailTemplate) -> Iterator[str]:
    if set(template.subject) != set(_LANGUAGES) or set(template.body) != set(_LANGUAGES):
        yield "is not there in every language"
    if template.body_without_link and set(template.body_without_link) != set(_LANGUAGES):
        yield "without a link it is not there in every language"
    if template.is_valid_until_start == (template.valid_hours is not None):
        yield "needs either valid_hours or is_valid_until_start"
    if template.passes_stop and template.category is not Category.STAFF:
        yield "only what goes to staff may leave while all texts are stopped"


def _words_in(template: EmailTemplate, language: str) -> Iterator[str]:
    for words in (template.subject, template.body, template.body_without_link):
        if language in words:
            yield words[language]


def _word_faults(words: str) -> Iterator[str]:
    """Judge the words as those of a text, which has to begin with the clinic's name and stays on one line."""
    line = " ".join(words.removeprefix("{clinic}: ").split())
    return word_faults(f"{{clinic}}: {line}", may_name=_KNOWN)
