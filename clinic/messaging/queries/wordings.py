"""The texts with the words that hold now, and every wording that they had."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.messaging.errors import NoSuchText
from clinic.messaging.models import Message, MessageWording
from clinic.messaging.rules.editing import reworded, words_of
from clinic.messaging.rules.kinds import WAITING
from clinic.messaging.rules.templates import Template, all_templates, current, version_of

# Built once: every text that is planned asks it.
_OF_KEYS = select(MessageWording).where(among(MessageWording.template_key, "keys")).order_by(MessageWording.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedText:
    """One text as it leaves now: `number` counts the clinic's changes, `is_own` tells whether its words are its own.

    `words` go by the name of their spot; `changed_at` and `changed_by` are those of the last change.
    """

    shipped: Template
    words: Mapping[str, str]
    number: int
    is_own: bool
    changed_at: datetime | None
    changed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One wording of a text: number 0 is one that was shipped; `is_shipped` also marks a return to it.

    `edition` is the version in which the product ships the text; a new one starts from its own words again.
    """

    edition: int
    number: int
    words: Mapping[str, str]
    is_shipped: bool
    at: datetime | None
    who: str
    reason: str


def all_texts(session: Session) -> list[WordedText]:
    """Return every text in the order of the package, in its newest version."""
    newest: dict[str, MessageWording] = {}
    for row in session.scalars(select(MessageWording).order_by(MessageWording.number)):
        newest[row.template_key] = row
    keys = dict.fromkeys(template.key for template in all_templates())
    return [_worded(current(key), newest.get(key)) for key in keys]


def worded_text(session: Session, key: str) -> WordedText:
    """Return one text as it leaves now, or raise NoSuchText."""
    return _worded(shipped_text(key), newest_wording(session, key))


def wordings_of_text(session: Session, key: str) -> list[Wording]:
    """Return every wording of a text, the newest first: each edition as it came after the changes that followed it."""
    shipped_text(key)
    rows = session.scalars(_of(key).order_by(MessageWording.number.desc()))
    return in_editions([one for one in all_templates() if one.key == key], [_wording(row) for row in rows])


def in_editions(shipped: Sequence[Template], changes: Sequence[Wording]) -> list[Wording]:
    """Return the changes, newest first, with the shipped words of every edition behind those made to it."""
    found: list[Wording] = []
    for edition in sorted(shipped, key=lambda template: template.version, reverse=True):
        found += [change for change in changes if change.edition == edition.version]
        found.append(_as_it_came(edition))
    return found


def _as_it_came(edition: Template) -> Wording:
    words = words_of(edition)
    return Wording(edition=edition.version, number=0, words=words, is_shipped=True, at=None, who="", reason="")


def shipped_text(key: str) -> Template:
    """Return the shipped text of a key that somebody typed or followed, or raise NoSuchText."""
    if key not in {template.key for template in all_templates()}:
        raise NoSuchText("There is no such text. Open the list of texts again.")
    return current(key)


def newest_wording(session: Session, key: str) -> MessageWording | None:
    """Return what the clinic last saved for a text, a return to the shipped words included."""
    return session.scalar(_of(key).order_by(MessageWording.number.desc()).limit(1))


def own_wordings(session: Session, templates: Collection[Template]) -> dict[str, MessageWording]:
    """Return by key the clinic's wordings that hold for these texts; those with shipped words are absent."""
    rows = session.scalars(_OF_KEYS, {"keys": [one.key for one in templates]})
    newest = {row.template_key: row for row in rows}
    return {one.key: newest[one.key] for one in templates if one.key in newest and holds_for(newest[one.key], one)}


def holds_for(wording: MessageWording, template: Template) -> bool:
    """Tell whether saved words stand in for those of this version; words of an older version do not."""
    return wording.words is not None and wording.template_version == template.version


def templates_of(session: Session, messages: Sequence[Message]) -> list[Template]:
    """Return for each message its text in the words that it left with, or would leave with if it left now."""
    left_with = _by_id(session, {message.wording_id for message in messages if message.wording_id})
    shipped = [version_of(message.template_key, message.template_version) for message in messages]
    to_come = {key: newest_wording(session, key) for key in {one.template_key for one in messages if _is_open(one)}}
    return [
        _in_words(template, to_come[template.key] if _is_open(message) else left_with.get(message.wording_id or 0))
        for message, template in zip(messages, shipped, strict=True)
    ]


def _is_open(message: Message) -> bool:
    """Tell whether a message still takes the newest words: it waits, and nobody was asked to send it yet."""
    return message.state in WAITING and not message.attempt_count


def _by_id(session: Session, ids: Collection[int]) -> dict[int, MessageWording]:
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(MessageWording).where(MessageWording.id.in_(ids)))}


def _in_words(template: Template, wording: MessageWording | None) -> Template:
    return reworded(template, wording.words if wording and holds_for(wording, template) else None)


def _of(key: str) -> Select[MessageWording]:
    return select(MessageWording).where(MessageWording.template_key == key)


def _worded(shipped: Template, newest: MessageWording | None) -> WordedText:
    return WordedText(
        shipped=shipped,
        words=words_of(_in_words(shipped, newest)),
        number=newest.number if newest else 0,
        is_own=newest is not None and holds_for(newest, shipped),
        changed_at=newest.at if newest else None,
        changed_by=newest.actor_name if newest else None,
    )


def _wording(row: MessageWording) -> Wording:
    return Wording(
        edition=row.template_version,
        number=row.number,
        words=row.words or words_of(version_of(row.template_key, row.template_version)),
        is_shipped=row.words is None,
        at=row.at,
        who=row.actor_name,
        reason=row.reason,
    )
