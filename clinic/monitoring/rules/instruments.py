"""Instruments: what is asked together, how it is scored, what alarms, and by what right it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from clinic.monitoring.rules.items import Condition, Item, Words


class Wording(StrEnum):
    """Whose words the questions are.

    OFFICIAL: the authors', never changed. CLINIC: written for this product. UNCONFIRMED: the content of a published
    instrument in words that the clinic has to compare with the official form.
    """

    OFFICIAL = "official"
    CLINIC = "clinic"
    UNCONFIRMED = "unconfirmed"


class ScoreKind(StrEnum):
    """How a score is made of answers; `prorated` is the sum as a share of what the answered items allow."""

    SUM = "sum"
    MEAN = "mean"
    PRORATED = "prorated"
    COUNT = "count"
    HIGHEST = "highest"
    VALUE = "value"
    STEPS = "steps"


class AlarmLevel(StrEnum):
    """How fast somebody has to look: the same day, now, or now with a life at stake."""

    REVIEW = "review"
    URGENT = "urgent"
    CRISIS = "crisis"


class Help(StrEnum):
    """What the patient is shown at once: 988 and 911, or 911 for the body."""

    CRISIS_LINE = "crisis_line"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A range of a score with its name, both ends included."""

    key: str
    title: str
    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The value of a score by steps when its condition holds; the first step that holds counts."""

    value: Decimal
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule:
    """One score: from at least `needs` answered items, rounded half up to `places` decimals.

    `counts_from` is from where an item counts (kind count), `out_of` what a prorated sum is scaled to, `steps` the
    ladder of kind steps. An item that was not asked counts as `if_not_asked`, or keeps the score from being made.
    """

    name: str
    title: str
    kind: ScoreKind
    items: tuple[str, ...]
    needs: int
    places: int = 0
    counts_from: Decimal | None = None
    out_of: Decimal | None = None
    steps: tuple[Step, ...] = ()
    if_not_asked: Decimal | None = None
    least: Decimal
    most: Decimal
    bands: tuple[Band, ...] = ()
    loinc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """What has to be acted on at once; of several rules with one code only the gravest that holds rings.

    `asks` is the instrument to ask next, `shows` what the patient sees at once.
    """

    code: str
    level: AlarmLevel
    when: Condition
    asks: str | None = None
    shows: Help | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A definition in one version.

    `name` is for staff, `title` the heading that a patient reads (in every language of the pages), `lead` stands over
    the questions. `caveat` is what a physician must know before reading a score. `languages` are those in which every
    word of it exists.
    """

    key: str
    version: int
    name: str
    title: Words
    lead: Words
    wording: Wording
    languages: tuple[str, ...]
    recall: str | None
    licence: str
    copyright: str | None
    source: str
    caveat: str | None
    loinc: str | None
    items: tuple[Item, ...]
    scores: tuple[ScoreRule, ...]
    alarms: tuple[AlarmRule, ...] = ()

    @property
    def is_validated(self) -> bool:
        """Return whether its wording is the authors' own and may not be changed."""
        return self.wording is Wording.OFFICIAL

    @property
    def bands(self) -> Mapping[str, tuple[Band, ...]]:
        """Return the bands by name of the score; a score without any is left out."""
        return MappingProxyType({rule.name: rule.bands for rule in self.scores if rule.bands})

    def item(self, key: str) -> Item | None:
        """Return the question with this key, if there is one."""
        return next((item for item in self.items if item.key == key), None)

    def score(self, name: str) -> ScoreRule | None:
        """Return the rule of the score with this name, if there is one."""
        return next((rule for rule in self.scores if rule.name == name), None)

    def language_for(self, wanted: str) -> str:
        """Return the wanted language if every word exists in it, else the first there is."""
        return wanted if wanted in self.languages else self.languages[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A licensed instrument of which no text is shipped: a clinic with the right to use it puts it in itself."""

    key: str
    name: str
    licence: str
    source: str
    scoring: str
    loinc: str | None = None
