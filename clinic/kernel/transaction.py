"""The only place that commits: one transaction with its actor, its audit entries last, its wake-ups after."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.kernel.journal import Entry, count_entries, keep_entries, take_entries, take_wakes

AuditWriter = Callable[[Session, list[Entry], Actor], None]
Waker = Callable[[frozenset[str]], None]


class Begin(Protocol):
    """Opens a transaction: `with begin(by=actor) as session:`; leaving with an exception rolls back."""

    def __call__(self, *, by: Actor) -> AbstractContextManager[Session]:
        """Return the transaction's context manager."""
        ...


@dataclass(frozen=True, slots=True)
class Beginner:
    """`Begin` over a session factory, an audit writer and a waker."""

    sessions: sessionmaker[Session]
    write_audit: AuditWriter
    wake: Waker

    @contextmanager
    def __call__(self, *, by: Actor) -> Iterator[Session]:
        """Run one transaction; audit rows are its last statements, wake-ups follow the commit."""
        with self.sessions() as session:
            with session.begin():
                yield session
                session.flush()
                self.write_audit(session, take_entries(session), by)
            wakes = take_wakes(session)
        if wakes:
            self.wake(wakes)


@contextmanager
def refusing(session: Session, refusals: dict[str, DomainError]) -> Iterator[None]:
    """Turn the violation of a named constraint into its domain error; every other violation passes unchanged.

    The block runs in a savepoint, so the surrounding transaction stays usable.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        refusal = refusals.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Take back everything that the block does, rows, locks and audit entries; what it read stays known."""
    noted = count_entries(session)
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        keep_entries(session, noted)


@contextmanager
def whole(session: Session) -> Iterator[None]:
    """Do all of the block or nothing of it: when it fails, its rows and audit entries are taken back."""
    noted = count_entries(session)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        keep_entries(session, noted)
        raise


def constraint_of(error: IntegrityError) -> str | None:
    """Return the name of the violated constraint, if the database said one."""
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
