"""Forms in their versions: what is to be signed now, what is drafted, and how many signed which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.consents.errors import UnknownForm
from clinic.consents.models import ConsentSignature, ConsentText, ConsentVersion
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.words import FormText, parsed
from clinic.kernel.statements import among

# Built once: every page of forms and every signature asks them.
_IN_FORCE = (
    select(ConsentVersion)
    .where(ConsentVersion.effective_at <= bindparam("now"))
    .order_by(ConsentVersion.kind, ConsentVersion.number)
)
_WORDS = select(ConsentText).where(among(ConsentText.version_id, "ids"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """The words of a version in one language with their SHA-256."""

    words: str
    sha256: str

    @property
    def text(self) -> FormText:
        """Return the words taken apart."""
        return parsed(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """One version of a form with its words by language; a draft has no `effective_at`.

    `edits` is the number of saved edits, which a changed draft is told apart by.
    """

    id: UUID
    kind: ConsentKind
    number: int
    signs_again: bool
    effective_at: datetime | None
    published_at: datetime | None
    published_by: str | None
    edits: int
    words: Mapping[str, FormWords]

    @property
    def is_draft(self) -> bool:
        """Tell whether it can still be changed."""
        return self.published_at is None

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether it has taken effect."""
        return self.effective_at is not None and self.effective_at <= now


def versions_of(session: Session, kind: ConsentKind) -> list[FormVersion]:
    """Return every version of a form, the newest first, a draft before all."""
    wanted = select(ConsentVersion).where(ConsentVersion.kind == kind).order_by(ConsentVersion.number.desc())
    return _with_words(session, session.scalars(wanted))


def version(session: Session, version_id: UUID) -> FormVersion:
    """Return one version, or raise UnknownForm."""
    found = _with_words(session, session.scalars(select(ConsentVersion).where(ConsentVersion.id == version_id)))
    if not found:
        raise unknown_form()
    return found[0]


def current_versions(session: Session, *, now: datetime) -> dict[ConsentKind, FormVersion]:
    """Return the version of each form that is to be signed now."""
    newest = {row.kind: row for row in session.scalars(_IN_FORCE, {"now": now})}
    return {each.kind: each for each in _with_words(session, newest.values())}


def current_version(session: Session, kind: ConsentKind, *, now: datetime) -> FormVersion:
    """Return the version of a form that is to be signed now, or raise UnknownForm."""
    found = current_versions(session, now=now).get(kind)
    if found is None:
        raise unknown_form()
    return found


def draft_of(session: Session, kind: ConsentKind) -> FormVersion | None:
    """Return what somebody is writing, if anybody is."""
    return next((each for each in versions_of(session, kind) if each.is_draft), None)


def drafted(session: Session) -> frozenset[ConsentKind]:
    """Return the forms of which somebody writes a new version."""
    wanted = select(ConsentVersion.kind).where(ConsentVersion.published_at.is_(None))
    return frozenset(ConsentKind(kind) for kind in session.scalars(wanted))


def signed_counts(session: Session) -> dict[UUID, int]:
    """Return how many patients signed each version, whatever they did later."""
    signers = func.count(ConsentSignature.patient_id.distinct())
    rows = session.execute(select(ConsentSignature.version_id, signers).group_by(ConsentSignature.version_id))
    return {row[0]: row[1] for row in rows}


def unknown_form() -> UnknownForm:
    """Return the refusal of a form that does not exist."""
    return UnknownForm("There is no such form. Go back to the list and open it again.")


def _with_words(session: Session, rows: Iterable[ConsentVersion]) -> list[FormVersion]:
    found = list(rows)
    words: dict[UUID, dict[str, FormWords]] = {row.id: {} for row in found}
    for text in session.scalars(_WORDS, {"ids": list(words)}):
        words[text.version_id][text.language] = FormWords(words=text.words, sha256=text.sha256)
    return [
        FormVersion(
            id=row.id,
            kind=ConsentKind(row.kind),
            number=row.number,
            signs_again=row.signs_again,
            effective_at=row.effective_at,
            published_at=row.published_at,
            published_by=row.published_by,
            edits=row.version,
            words=words[row.id],
        )
        for row in found
    ]
