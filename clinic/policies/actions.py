"""Changing a policy: the old value stays readable."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.memory import forget
from clinic.policies.errors import PolicyChanged, PolicyNotYours, PolicyRefused
from clinic.policies.models import PolicyVersion
from clinic.policies.queries import VALUES, Value, history
from clinic.policies.rules import POLICIES, PolicyKey

_SHORTEST_REASON, _LONGEST_REASON = 5, 300
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('policy'), hashtext(:key))")


def set_policy(
    session: Session, *, key: PolicyKey, value: object, reason: str, revision: int, by: Actor, now: datetime
) -> Value:
    """Give a policy another value from now on and return it; `revision` is the one that the person saw.

    Raises PolicyNotYours, PolicyRefused at `value` or `reason`, and PolicyChanged when somebody was faster. The same
    value again changes nothing.
    """
    about = POLICIES[key]
    if about.is_clinical:
        require_may_set(key, by=by)
    wanted = about.checked(value)
    why = " ".join(reason.split())
    if not _SHORTEST_REASON <= len(why) <= _LONGEST_REASON:
        raise PolicyRefused("Say in a few words why it changes.", field="reason")
    session.execute(_ONE_AT_A_TIME, {"key": key})
    known = history(session, key)
    if len(known) != revision:
        who = known[0].actor_name if known else "Somebody"
        raise PolicyChanged(f"{who} changed this after you opened it. Look again, then make your change.")
    before: Value = known[0].value if known else about.default
    if wanted == before:
        return wanted
    session.add(PolicyVersion(key=key, value=wanted, at=now, reason=why, actor_id=by.id, actor_name=by.name))
    session.flush()
    forget(session, VALUES)
    journal.note(
        session,
        "policy.changed",
        subject_kind="policy",
        subject_id=None,
        at=now,
        key=key.value,
        before=before,
        after=wanted,
    )
    return wanted


def may_set(key: PolicyKey, *, by: Actor) -> bool:
    """Tell whether somebody may change a policy: physicians what is clinical, administrators the rest."""
    if by.kind is ActorKind.SYSTEM:
        return True
    return by.has(Role.PHYSICIAN if POLICIES[key].is_clinical else Role.ADMIN)


def require_may_set(key: PolicyKey, *, by: Actor) -> None:
    """Raise PolicyNotYours unless somebody may change a policy; pages ask before, of clinical ones actions ask too."""
    if not may_set(key, by=by):
        who = "a physician" if POLICIES[key].is_clinical else "an administrator"
        raise PolicyNotYours(f"Only {who} can change this. Ask one of them.")
