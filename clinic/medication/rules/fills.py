"""Fills: the way of one dispensing from the request to the carrier, and when it can still be canceled."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clinic.medication.errors import WrongState


class FillState(StrEnum):
    """Where a fill stands: before `released` nothing has left the clinic, `sent` is on its way to the pharmacy."""

    REQUESTED = "requested"
    BLOCKED = "blocked"
    RELEASED = "released"
    SENT = "sent"
    ACCEPTED = "accepted"
    CLARIFICATION = "clarification"
    COMPOUNDING = "compounding"
    VERIFIED = "verified"
    PACKED = "packed"
    HANDED_TO_CARRIER = "handed_to_carrier"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELED = "canceled"
    VOIDED = "voided"


_F = FillState
_NOT_DONE = frozenset({_F.CLARIFICATION, _F.REJECTED, _F.CANCELED})

NEXT: Mapping[FillState, frozenset[FillState]] = MappingProxyType(
    {
        _F.REQUESTED: frozenset({_F.BLOCKED, _F.RELEASED, _F.CANCELED}),
        _F.BLOCKED: frozenset({_F.RELEASED, _F.CANCELED}),
        _F.RELEASED: frozenset({_F.SENT, _F.CANCELED}),
        _F.SENT: _NOT_DONE | {_F.ACCEPTED, _F.COMPOUNDING, _F.VERIFIED},
        _F.ACCEPTED: _NOT_DONE | {_F.COMPOUNDING, _F.VERIFIED},
        _F.CLARIFICATION: frozenset({_F.ACCEPTED, _F.COMPOUNDING, _F.VERIFIED, _F.REJECTED, _F.CANCELED}),
        _F.COMPOUNDING: _NOT_DONE | {_F.VERIFIED},
        _F.VERIFIED: _NOT_DONE | {_F.PACKED},
        _F.PACKED: frozenset({_F.HANDED_TO_CARRIER, _F.VOIDED}),
        _F.HANDED_TO_CARRIER: frozenset({_F.CLOSED, _F.VOIDED}),
        _F.CLOSED: frozenset(),
        _F.REJECTED: frozenset(),
        _F.CANCELED: frozenset(),
        _F.VOIDED: frozenset(),
    }
)
"""The states that may follow each; a pharmacy that tells late may skip steps, but never the one that names the lots."""

OVER = frozenset({_F.CLOSED, _F.REJECTED, _F.CANCELED, _F.VOIDED})

UNDER_WAY = frozenset(FillState) - OVER
"""The states of which a patient has one fill at most."""

GIVES_ITS_NUMBER_BACK = frozenset({_F.CANCELED, _F.REJECTED})
"""A fill that ended so was never dispensed, so the order can be filled that often again; a voided one was."""


def may_cancel(state: FillState) -> bool:
    """Tell whether a fill can still be canceled, which is only before it is packed."""
    return _F.CANCELED in NEXT[state]


def require_move(old: FillState, new: FillState) -> None:
    """Raise WrongState unless a fill may go from one state to the other."""
    if new not in NEXT[old]:
        raise WrongState(f"This fill is {_said(old)} and cannot become {_said(new)}. {_way_out(old, new)}")


def _way_out(old: FillState, new: FillState) -> str:
    if old in OVER:
        return "Ask for a new fill."
    if new is _F.CANCELED:
        return "What is packed is no longer ours to cancel: call the pharmacy, and write down if it keeps it."
    if new is _F.PACKED:
        return "Record first which lots the pharmacy verified."
    return "Open the fill again to see what it can become."


def _said(state: FillState) -> str:
    return state.replace("_", " ")
