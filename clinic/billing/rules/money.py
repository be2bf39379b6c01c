"""Whole cents: read from what people type, shared out without losing one, and shown."""

import re
from collections.abc import Sequence

from clinic.billing.errors import AmountRefused

MOST_CENTS = 1_000_000_00
"""A million dollars: more than anything that a clinic of this kind asks for; a slip of the keyboard, not an amount."""

_CENTS = 100
_DIGITS = 2
_MINUS = "\N{MINUS SIGN}"
_TYPED = re.compile(r"\$?\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,}))?")


def cents_of(typed: str, *, field: str, least: int = 0) -> int:
    """Return what somebody typed as dollars ("250", "$1,250.50") in cents, or raise AmountRefused at `field`."""
    found = _TYPED.fullmatch(typed.strip())
    if found is None or not typed.isascii():
        raise AmountRefused("Write an amount in dollars, such as 250 or 250.50.", field=field)
    whole, part = found.group(1).replace(",", ""), found.group(2) or ""
    if len(part) > _DIGITS:
        raise AmountRefused(
            f"{typed.strip()} has a fraction of a cent. Write at most two digits after the point.", field=field
        )
    if len(whole) > len(str(MOST_CENTS)):
        raise AmountRefused(f"Write an amount of at most {shown(MOST_CENTS)}.", field=field)
    cents = int(whole) * _CENTS + int(part.ljust(_DIGITS, "0"))
    if not least <= cents <= MOST_CENTS:
        raise AmountRefused(f"Write an amount from {shown(least)} to {shown(MOST_CENTS)}.", field=field)
    return cents


def shown(cents: int) -> str:
    """Return cents as people read them, such as $1,250.50, with a minus sign for what goes back."""
    dollars, rest = divmod(abs(cents), _CENTS)
    return f"{_MINUS if cents < 0 else ''}${dollars:,}.{rest:02d}"


def allocate(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `total` cents out by weight, so that the parts sum to it and each is within a cent of its exact share.

    Cents that are over go to the largest remainders; equal remainders are served from the first on. Without any weight
    everything goes to the first. `total` may be below nothing.
    """
    if not weights:
        if total:
            raise ValueError("nothing to share it out to")
        return ()
    whole = sum(weights)
    if min(weights) < 0:
        raise ValueError("weights are not below nothing")
    if whole == 0:
        return (total, *(0 for _ in weights[1:]))
    sign = -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    over = abs(total) - sum(part for part, _ in parts)
    served = set(sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:over])
    return tuple(sign * (part + (place in served)) for place, (part, _) in enumerate(parts))
