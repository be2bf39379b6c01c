"""How other domains say, at send time, whether a text is still true."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.messaging.errors import MissingGuard
from clinic.messaging.rules.kinds import Planned, Verdict

Guard = Callable[[Session, Planned, datetime], Verdict]
"""Reads the subject as it is now (no lock needed) and answers Send, Drop or Later."""

Guards = Mapping[str, Guard]
"""Guards by `subject_kind`; a kind without one is sent as planned."""

REQUIRED = frozenset({"appointment"})
"""Kinds of subject that change, so that nothing is sent before somebody says how to judge texts about them."""


def require_guards(guards: Guards) -> None:
    """Raise MissingGuard before anything is sent when a kind of subject that changes has no guard."""
    missing = REQUIRED - set(guards)
    if missing:
        raise MissingGuard(", ".join(sorted(missing)))
