"""Giving a text other words, and taking the shipped ones back: every wording stays readable."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.text import clean_line
from clinic.messaging.errors import WordingChanged, WordsRefused
from clinic.messaging.models import MessageWording
from clinic.messaging.queries.wordings import WordedText, shipped_text, worded_text
from clinic.messaging.rules.editing import complaints, spots, words_of

_SHORTEST_REASON, _LONGEST_REASON = 5, 300
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('message_wording'), hashtext(:key))")


def reword(
    session: Session, *, key: str, words: Mapping[str, str], reason: str, number: int, by: Actor, now: datetime
) -> bool:
    """Give a text other words from now on, by the name of their spot; tell whether anything changed.

    `number` is the one of the wording that the person saw. What waits to leave takes the new words; what left once
    keeps its own. The shipped words typed anew are a return to them. Raises WordsRefused at the first spot that breaks
    a rule, or at `reason`, and WordingChanged when somebody was faster.
    """
    shipped = shipped_text(key)
    wanted = {spot.name: clean_line(words.get(spot.name, ""), field=spot.name) for spot in spots(shipped)}
    for name, sentences in complaints(shipped, wanted).items():
        raise WordsRefused(sentences[0], field=name)
    return _save(session, key, wanted, reason=reason, number=number, by=by, now=now)


def take_back_shipped(session: Session, *, key: str, reason: str, number: int, by: Actor, now: datetime) -> bool:
    """Let a text leave in its shipped words again; tell whether anything changed."""
    wanted = words_of(shipped_text(key))
    return _save(session, key, wanted, reason=reason, number=number, by=by, now=now)


def _save(
    session: Session, key: str, words: dict[str, str], *, reason: str, number: int, by: Actor, now: datetime
) -> bool:
    why = _reason(reason)
    session.execute(_ONE_AT_A_TIME, {"key": key})
    before = worded_text(session, key)
    _require_newest(before, number)
    if words == before.words:
        return False
    is_shipped = words == words_of(before.shipped)
    row = MessageWording(
        template_key=key,
        template_version=before.shipped.version,
        number=before.number + 1,
        words=None if is_shipped else words,
        at=now,
        reason=why,
        actor_id=by.id,
        actor_name=by.name,
    )
    session.add(row)
    session.flush()
    _note(session, row)
    return True


def _reason(typed: str) -> str:
    why = clean_line(typed, field="reason")
    if not _SHORTEST_REASON <= len(why) <= _LONGEST_REASON:
        raise WordsRefused("Say in a few words why it changes.", field="reason")
    return why


def _require_newest(before: WordedText, number: int) -> None:
    if before.number != number:
        raise WordingChanged(
            f"{before.changed_by or 'Somebody'} changed this text after you opened it. Look again, then save yours.",
            who=before.changed_by,
            at=before.changed_at,
        )


def _note(session: Session, row: MessageWording) -> None:
    journal.note(
        session,
        "text.reworded",
        subject_kind="message_wording",
        subject_id=None,
        at=row.at,
        key=row.template_key,
        number=row.number,
        is_shipped=row.words is None,
    )
