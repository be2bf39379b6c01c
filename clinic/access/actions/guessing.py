"""Writing down wrong guesses, and deciding one at a time where a burst could slip past a rule."""

from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from clinic.access.models import Guess
from clinic.access.rules.throttles import GuessKind

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def one_at_a_time(session: Session, *names: str | None) -> None:
    """Hold everybody else who decides under one of these names until this transaction ends.

    Wrong guesses are counted and recorded under this lock, so that a burst of parallel ones cannot pass a limit;
    the slow password hash is done before it.
    """
    for name in sorted({name for name in names if name}):
        session.execute(_LOCK, {"name": f"access|{name}"})


def record_guess(session: Session, *, kind: GuessKind, account_key: str, network: str | None, now: datetime) -> None:
    """Count one wrong guess."""
    session.add(Guess(kind=kind.value, account_key=account_key, ip=network, guessed_at=now))
    session.flush()


def forgive_guesses(session: Session, *, account_key: str, network: str | None, now: datetime) -> None:
    """Forget the wrong passwords that the person who now came in typed from this address."""
    session.execute(
        update(Guess)
        .where(
            Guess.kind == GuessKind.PASSWORD,
            Guess.account_key == account_key,
            Guess.ip.is_not_distinct_from(network),
            Guess.forgiven_at.is_(None),
        )
        .values(forgiven_at=now)
    )
