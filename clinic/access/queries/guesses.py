"""Counting wrong guesses: from when the next one is heard, and whether they are somebody's program."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.access.models import Guess, StaffAccount, StaffSession
from clinic.access.rules.alarm import Guessed, Guessing
from clinic.access.rules.throttles import (
    ADDRESS_LIMITS,
    ALARM_WITHIN,
    CODE_LIMITS,
    ENTRY_LIMITS_OF_ADDRESS,
    ENTRY_LIMITS_OF_ALL,
    ENTRY_LIMITS_OF_NUMBER,
    KNOWN_FOR,
    REMEMBERED,
    SIGN_UP_LIMITS,
    GuessKind,
    Limit,
    free_after,
    free_within,
)
from clinic.kernel.statements import other_than

_IS_A_GUESS = other_than(Guess.kind, (GuessKind.SIGN_UP, GuessKind.ENTRY))


# Built once: the alarm looks all the time.
_LATELY = (
    Guess.guessed_at > bindparam("since"),
    Guess.guessed_at <= bindparam("now"),
    Guess.forgiven_at.is_(None),
    _IS_A_GUESS,
)
_TRIES = func.count().label("tries")
_BY_KIND = (
    select(Guess.kind, _TRIES, func.count(Guess.account_key.distinct()).label("targets"))
    .where(*_LATELY)
    .group_by(Guess.kind)
    .order_by(Guess.kind.desc())
)
_BY_ADDRESS = (
    select(Guess.ip, _TRIES).where(*_LATELY, Guess.ip.is_not(None)).group_by(Guess.ip).order_by(_TRIES.desc(), Guess.ip)
)


def password_free_at(
    session: Session, *, account_key: str, email_key: str, network: str | None, now: datetime
) -> datetime | None:
    """Return from when a password for this account is heard from this address, or None for now.

    From an address that the owner is known by, only guesses from there count: strangers cannot lock the owner out.
    """
    by_account = [_unforgiven(GuessKind.PASSWORD), Guess.account_key == account_key]
    if _is_known(session, email_key=email_key, network=network, now=now):
        by_account.append(Guess.ip == network)
    waits = (_growing(session, by_account, now), _address_free_at(session, network, now))
    return max((wait for wait in waits if wait), default=None)


def code_free_at(session: Session, *, account_key: str, now: datetime) -> datetime | None:
    """Return from when a second-factor or recovery code of this account is heard, or None for now."""
    return _within(session, CODE_LIMITS, [Guess.kind == GuessKind.CODE, Guess.account_key == account_key], now=now)


def sign_up_free_at(session: Session, *, network: str | None, now: datetime) -> datetime | None:
    """Return from when one more person of this network may sign up, or None for now."""
    if network is None:
        return None
    return _within(session, SIGN_UP_LIMITS, [Guess.kind == GuessKind.SIGN_UP, Guess.ip == network], now=now)


def entry_free_at(session: Session, *, account_key: str, network: str | None, now: datetime) -> datetime | None:
    """Return from when one more wish to be let in is heard, or None for now: by number, by network and of all.

    Always three statements, whatever was typed.
    """
    asked = Guess.kind == GuessKind.ENTRY
    waits = (
        _within(session, ENTRY_LIMITS_OF_NUMBER, [asked, Guess.account_key == account_key], now=now),
        _within(session, ENTRY_LIMITS_OF_ADDRESS, [asked, Guess.ip == network], now=now),
        _within(session, ENTRY_LIMITS_OF_ALL, [asked], now=now),
    )
    return max((wait for wait in waits if wait), default=None)


def guessing(session: Session, *, now: datetime) -> Guessing:
    """Return what was guessed wrong within the last hour, without the slips of those who then came in."""
    lately = {"since": now - ALARM_WITHIN, "now": now}
    addresses = session.execute(_BY_ADDRESS, lately).all()
    return Guessing(
        of_kinds=[
            Guessed(kind=GuessKind(row.kind), tries=row.tries, targets=row.targets)
            for row in session.execute(_BY_KIND, lately)
        ],
        addresses=len(addresses),
        busiest=addresses[0].ip if addresses else None,
    )


def _growing(session: Session, wanted: list[ColumnElement[bool]], now: datetime) -> datetime | None:
    counted = select(func.count(), func.max(Guess.guessed_at)).where(*wanted, Guess.guessed_at > now - REMEMBERED)
    failures, last_at = session.execute(counted).one()
    return free_after(failures, last_at, now)


def _address_free_at(session: Session, network: str | None, now: datetime) -> datetime | None:
    if network is None:
        return None
    return _within(session, ADDRESS_LIMITS, [_unforgiven(GuessKind.PASSWORD), Guess.ip == network], now=now)


def _within(
    session: Session, limits: tuple[Limit, ...], wanted: list[ColumnElement[bool]], *, now: datetime
) -> datetime | None:
    longest = max(limit.within for limit in limits)
    most = max(limit.count for limit in limits)
    newest = select(Guess.guessed_at).where(*wanted, Guess.guessed_at > now - longest)
    failed_at = session.scalars(newest.order_by(Guess.guessed_at.desc()).limit(most)).all()
    return free_within(limits, failed_at, now)


def _unforgiven(kind: GuessKind) -> ColumnElement[bool]:
    return (Guess.kind == kind) & Guess.forgiven_at.is_(None)


def _is_known(session: Session, *, email_key: str, network: str | None, now: datetime) -> bool:
    if network is None:
        return False
    used = (
        select(StaffSession.id)
        .join(StaffAccount, StaffAccount.id == StaffSession.account_id)
        .where(
            StaffAccount.email_key == email_key,
            StaffSession.ip == network,
            StaffSession.mfa_at.is_not(None),
            StaffSession.authenticated_at > now - KNOWN_FOR,
        )
    )
    return session.scalar(select(used.exists())) or False
