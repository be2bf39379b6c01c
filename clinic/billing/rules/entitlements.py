"""Ceilings of a period, and what is left of them; what a physician orders and the gates leave lowers them elsewhere."""

from collections.abc import Mapping
from enum import StrEnum


class Entitlement(StrEnum):
    """What a plan has ceilings for; `physician_visit_days` and `reply_business_days` are promises, not ceilings."""

    SESSIONS = "sessions"
    SHIPMENTS = "shipments"
    UNITS_ON_HAND = "units_on_hand"
    PHYSICIAN_VISIT_DAYS = "physician_visit_days"
    REPLY_BUSINESS_DAYS = "reply_business_days"
    GROUP_SESSIONS = "group_sessions"
    INTEGRATION_SESSIONS = "integration_sessions"


def left(most: int | None, used: int) -> int | None:
    """Return what is left, never below nothing."""
    return None if most is None else max(0, most - used)


def upgraded(
    old: Mapping[Entitlement, int | None], new: Mapping[Entitlement, int | None]
) -> dict[Entitlement, int | None]:
    """Return the ceilings of a period in which a higher plan began: never below those it began with."""
    found: dict[Entitlement, int | None] = {}
    for key in {*old, *new}:
        pair = old.get(key, 0), new.get(key, 0)
        known = [each for each in pair if each is not None]
        found[key] = None if len(known) < len(pair) else max(known)
    return found
