"""What one transaction need not ask twice: what it has locked, and what was read of things that it does not change."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_MEMORY = "kernel.memory"

_T = TypeVar("_T")


def memory_of(session: Session) -> dict[Hashable, object]:
    """Return what is remembered until the transaction ends; a rollback, to a savepoint too, empties it.

    With the savepoint go the locks that were taken in it and the rows that it wrote.
    """
    transaction = session.get_transaction()
    if transaction is None:
        return {}
    known: tuple[SessionTransaction, dict[Hashable, object]] | None = session.info.get(_MEMORY)
    if known is None or known[0] is not transaction:
        known = session.info[_MEMORY] = (transaction, {})
    return known[1]


def remembered(session: Session, key: Hashable, ask: Callable[[], _T]) -> _T:
    """Return what `ask` answered the first time in this transaction; keys are the module's name and more."""
    memory = memory_of(session)
    if key not in memory:
        answer = ask()
        memory_of(session)[key] = answer  # The first question of a session begins its transaction.
        return answer
    return cast("_T", memory[key])


def forget(session: Session, key: Hashable) -> None:
    """Have something asked anew; for whoever changes it."""
    memory_of(session).pop(key, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_all(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_MEMORY, None)
