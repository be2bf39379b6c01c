"""How the words in the editor of a text would arrive on a phone, how long they can get, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.access.rules.links import link_url
from clinic.messaging.queries import WordedText
from clinic.messaging.rules.editing import Spot, complaints, names_for, reworded, size_of, spots
from clinic.messaging.rules.lint import Size
from clinic.messaging.rules.templates import Facts, Template, render
from clinic.runtime import ClinicFacts
from clinic.web.admin.texts_words import BRACES, spot_labels

_SAMPLE_TOKEN = "a-sample-of-22-letters"  # noqa: S105 - it opens nothing
_SAMPLE_DAYS = 2
_WORDS = {
    "en": "We have a free time on Thursday at 3 PM. Does that suit you?",
    "es": "Tenemos una hora libre el jueves a las 3. \u00bfLe conviene?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One language of a text as it would arrive; `body` and `size` are None while it cannot be put together."""

    label: str
    body: str | None
    size: Size | None
    faults: Sequence[str]

    @property
    def said(self) -> str:
        """Return in one sentence how it stands, for who listens instead of looking."""
        if self.faults:
            return f"{self.label}: {self.faults[0]}"
        return f"{self.label}: {self.size.length} of {self.size.room} characters." if self.size else self.label


def previews(shipped: Template, words: Mapping[str, str], *, clinic: ClinicFacts, now: datetime) -> list[Preview]:
    """Return the preview of every spot; nothing is saved."""
    faults, labels = complaints(shipped, words), spot_labels(shipped)
    found = []
    for spot in spots(shipped):
        size = size_of(shipped, words, spot)
        body = sample(reworded(shipped, words), spot, clinic=clinic, now=now) if size else None
        found.append(Preview(label=labels[spot.name], body=body, size=size, faults=faults.get(spot.name, ())))
    return found


def sample_of(row: WordedText, *, clinic: ClinicFacts, now: datetime) -> str:
    """Return a text in English as it would arrive now."""
    return sample(reworded(row.shipped, row.words), spots(row.shipped)[0], clinic=clinic, now=now)


def sample(text: Template, spot: Spot, *, clinic: ClinicFacts, now: datetime) -> str:
    """Return a text as it would arrive at a reader in the clinic's own zone about a visit two days from now."""
    return render(
        text,
        variables=_variables(now + timedelta(days=_SAMPLE_DAYS), spot.language),
        language=spot.language,
        zone=clinic.zone,
        facts=Facts(clinic=clinic.name, phone=clinic.phone),
        link_url=link_url(clinic.public_base_url, _SAMPLE_TOKEN) if spot.has_link else None,
    )


def _variables(starts_at: datetime, language: str) -> dict[str, str]:
    return {
        "starts_at": starts_at.isoformat(),
        "until": (starts_at + timedelta(hours=2)).isoformat(),
        "carrier": "FedEx",
        "code": "482915",
        "words": _WORDS[language],
    }


def braces_of(shipped: Template) -> list[tuple[str, str]]:
    """Return the names that may stand in braces with what they become."""
    names = frozenset[str]().union(*(names_for(shipped, spot) for spot in spots(shipped)))
    return [(f"{{{name}}}", BRACES.get(name, name)) for name in sorted(names)]
