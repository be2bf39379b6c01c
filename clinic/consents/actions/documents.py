"""Writing forms: what a new clinic starts with, one draft of each at a time, and publishing it for good."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.consents.errors import AlreadyPublished, StartRefused
from clinic.consents.models import ConsentText, ConsentVersion
from clinic.consents.queries.documents import unknown_form
from clinic.consents.rules.kinds import LANGUAGES, ConsentKind, all_kinds
from clinic.consents.rules.words import clean_words, fingerprint, require_publishable
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id

EFFECTIVE = "form_version.published"

SHIPPED_AT = datetime(2025, 12, 31, tzinfo=UTC)
"""The forms that come with the product are in force from then on, so that a demo clinic can have a past."""

_KEYED_LOCK = "consents.forms"


def install_forms(session: Session, *, by: Actor, now: datetime) -> None:
    """Publish version 1 of every form that a clinic does not have yet; what it has stays as it is."""
    _lock_forms(session)
    known = set(session.scalars(select(ConsentVersion.kind)))
    for kind in all_kinds():
        if kind in known:
            continue
        row = _new_draft(session, kind, number=1, by=by, now=now)
        words = {language: shipped_words(kind, language) for language in LANGUAGES}
        require_publishable(words, all_kinds()[kind])
        _put_words(session, row, words)
        _publish(session, row, signs_again=True, effective_at=SHIPPED_AT, by=by, now=now)


def shipped_words(kind: ConsentKind, language: str) -> str:
    """Return the words that come with the product."""
    page = files("clinic.consents") / "data" / "forms" / f"{kind}.{language}.md"
    return page.read_text(encoding="utf-8").strip()


def save_draft(
    session: Session, kind: ConsentKind, *, words: Mapping[str, str], edits: int, by: Actor, now: datetime
) -> ConsentVersion:
    """Save what somebody writes as the next version of a form; nobody else sees it before it is published.

    `edits` is the number of edits of the draft that was shown, 0 where there was none. Raises WordsRefused at a
    language and ChangedMeanwhile.
    """
    clean = {language: clean_words(words[language], field=language) for language in LANGUAGES}
    _lock_forms(session)
    row = _draft(session, kind)
    if row is None:
        newest = select(func.max(ConsentVersion.number)).where(ConsentVersion.kind == kind)
        row = _new_draft(session, kind, number=(session.scalar(newest) or 0) + 1, by=by, now=now)
    row.require_version(edits)
    row.touch(by=by, now=now)
    _put_words(session, row, clean)
    _note(session, row, "form_version.drafted", now=now)
    return row


def publish_version(
    session: Session,
    version_id: UUID,
    *,
    signs_again: bool,
    effective_at: datetime,
    edits: int,
    by: Actor,
    now: datetime,
) -> ConsentVersion:
    """Freeze a draft; from `effective_at` on, now at the earliest, it is what patients sign.

    Where `signs_again`, who signed an older version is asked when it takes effect. Raises UnknownForm,
    AlreadyPublished, ChangedMeanwhile, WordsRefused at a language and StartRefused.
    """
    _lock_forms(session)
    row = session.get(ConsentVersion, version_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise unknown_form()
    if row.published_at is not None:
        raise AlreadyPublished("This version is published, so it never changes. Write the next one.")
    row.require_version(edits)
    texts = session.scalars(select(ConsentText).where(ConsentText.version_id == row.id))
    require_publishable({text.language: text.words for text in texts}, all_kinds()[ConsentKind(row.kind)])
    starts_at = max(effective_at, now)
    last = session.scalar(select(func.max(ConsentVersion.effective_at)).where(ConsentVersion.kind == row.kind))
    if last is not None and starts_at < last:
        raise StartRefused("Another version takes effect later than that. Choose its day or a later one.", field="on")
    _publish(session, row, signs_again=signs_again or row.number == 1, effective_at=starts_at, by=by, now=now)
    outbox.publish(session, EFFECTIVE, subject_id=row.id, now=now, due_at=starts_at)
    return row


def _publish(
    session: Session, row: ConsentVersion, *, signs_again: bool, effective_at: datetime, by: Actor, now: datetime
) -> None:
    row.signs_again, row.effective_at = signs_again, effective_at
    row.published_at, row.published_by = now, by.name
    row.touch(by=by, now=now)
    _note(session, row, "form_version.published", now=now, signs_again=signs_again)


def _draft(session: Session, kind: ConsentKind) -> ConsentVersion | None:
    wanted = select(ConsentVersion).where(ConsentVersion.kind == kind, ConsentVersion.published_at.is_(None))
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


def _new_draft(session: Session, kind: ConsentKind, *, number: int, by: Actor, now: datetime) -> ConsentVersion:
    row = ConsentVersion(id=new_id(), kind=kind.value, number=number, signs_again=True, version=0)
    row.created_at = row.updated_at = now
    row.updated_by = by.name
    session.add(row)
    session.flush()
    return row


def _put_words(session: Session, row: ConsentVersion, words: Mapping[str, str]) -> None:
    session.flush()
    known = {
        text.language: text for text in session.scalars(select(ConsentText).where(ConsentText.version_id == row.id))
    }
    for language, typed in words.items():
        text = known.get(language)
        if text is None:
            text = ConsentText(id=new_id(), version_id=row.id, language=language)
            session.add(text)
        text.words, text.sha256 = typed, fingerprint(typed)
    session.flush()


def _lock_forms(session: Session) -> None:
    """Let one person at a time write and publish forms."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_KEYED_LOCK))))


def _note(
    session: Session, row: ConsentVersion, action: str, *, now: datetime, signs_again: bool | None = None
) -> None:
    session.flush()
    journal.note(
        session,
        action,
        subject_kind="form_version",
        subject_id=row.id,
        at=now,
        kind=row.kind,
        number=row.number,
        signs_again=signs_again,
    )
