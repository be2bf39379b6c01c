"""Which conversations a list shows."""

from enum import StrEnum


class Inbox(StrEnum):
    """One view of the inbox."""

    UNREAD = "unread"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    URGENT = "urgent"
    EVERYTHING = "everything"
