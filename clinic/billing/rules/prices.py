"""Prices: when a new one may begin, and from which renewal on a member pays another."""

from collections.abc import Mapping
from datetime import date, timedelta

from clinic.billing.errors import PriceRefused
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.money import shown

NOTICE_DAYS = 30
LATEST_START = timedelta(days=90)
"""So far ahead a price can be set; one that waits cannot be taken back, only followed by another."""

LATEST_CHANGE = timedelta(days=365)
LEAST_CENTS = 100
MOST_CEILING = 999


def require_start(valid_from_on: date, *, today: date, newest_cents: int, newest_from_on: date) -> None:
    """Raise PriceRefused for a new price that begins in the past, or beside another one that has just been set."""
    if valid_from_on < today:
        raise PriceRefused("A price begins today or later. Choose a later day.", field="valid_from_on")
    if valid_from_on > today + LATEST_START:
        raise PriceRefused(
            f"A price is set at most {LATEST_START.days} days ahead. Choose a day until {_said(today + LATEST_START)}.",
            field="valid_from_on",
        )
    if newest_from_on > today:
        raise PriceRefused(
            f"A price of {shown(newest_cents)} begins on {_said(newest_from_on)}. "
            "Let it begin first, then set another.",
            field="valid_from_on",
        )
    if valid_from_on == newest_from_on:
        raise PriceRefused(
            f"This plan got its price of {shown(newest_cents)} today. Choose tomorrow or a later day.",
            field="valid_from_on",
        )


def require_ceilings(ceilings: Mapping[Entitlement, int | None]) -> None:
    """Raise PriceRefused at the first ceiling that is missing or no number that a plan can have."""
    for key in Entitlement:
        most = ceilings.get(key, -1)
        if most is not None and not 0 <= most <= MOST_CEILING:
            raise PriceRefused(f"Write a whole number from 0 to {MOST_CEILING}, or nothing for no limit.", field=key)


def require_notice(effective_on: date, *, today: date) -> None:
    """Raise PriceRefused for a change that nobody could be told of in time, or that everybody would have forgotten."""
    earliest = today + timedelta(days=NOTICE_DAYS)
    if effective_on < earliest:
        raise PriceRefused(
            f"Patients are told {NOTICE_DAYS} days before. Choose {_said(earliest)} or later.",
            field="effective_on",
        )
    if effective_on > today + LATEST_CHANGE:
        raise PriceRefused(
            f"A change is announced at most a year ahead. Choose a day until {_said(today + LATEST_CHANGE)}.",
            field="effective_on",
        )


def applies(*, effective_on: date, told_on: date | None, renews_on: date) -> bool:
    """Tell whether a renewal is at the new price: on or after its day, thirty days after the notice arrived."""
    return told_on is not None and renews_on >= earliest_renewal(effective_on=effective_on, told_on=told_on)


def earliest_renewal(*, effective_on: date, told_on: date) -> date:
    """Return the first day on which a renewal can be at the new price."""
    return max(effective_on, told_on + timedelta(days=NOTICE_DAYS))


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
