"""The real door: sessions are rows, so that ending one, or taking a role away, holds at the next request."""

from dataclasses import dataclass

from clinic.access.actions import sessions
from clinic.access.queries.sessions import LinkVisitor, SignedIn, link_session_by_token, session_by_token
from clinic.access.rules.links import LinkPurpose
from clinic.access.rules.sessions import is_touch_due
from clinic.kernel import journal
from clinic.kernel.actor import ANONYMOUS, Actor, ActorKind
from clinic.kernel.ids import digest
from clinic.runtime import Runtime
from clinic.web.frame.visitors import Knock, LinkPass, Visitor

_PATIENT, _SUPPORT = "Patient", "Support person"


@dataclass(frozen=True, slots=True)
class AccessDoor:
    """Knows visitors by the session rows of `clinic.access`; each look is one short transaction."""

    runtime: Runtime

    def staff(self, token: str, knock: Knock) -> Visitor | None:
        """Return the staff member of a live session; activity is written down at most once a minute."""
        with self.runtime.begin(by=ANONYMOUS) as session:
            found = session_by_token(session, token_hash=digest(token), now=knock.now)
            if found is None:
                return None
            if knock.lengthens and is_touch_due(found.last_seen_at, knock.now):
                sessions.seen(session, session_id=found.session_id, now=knock.now)
        return _staff_visitor(found)

    def link(self, token: str, knock: Knock) -> Visitor | None:
        """Return the patient of a live link session."""
        with self.runtime.begin(by=ANONYMOUS) as session:
            found = link_session_by_token(session, token_hash=digest(token), now=knock.now)
            if found is None:
                return None
            if knock.lengthens and is_touch_due(found.last_seen_at, knock.now):
                sessions.link_seen(session, session_id=found.session_id, now=knock.now)
        return _link_visitor(found)

    def refused(self, by: Actor, knock: Knock) -> None:
        """Write one audit entry for a page refused by role or purpose (45 CFR 164.312(b))."""
        with self.runtime.begin(by=by) as session:
            journal.note(
                session,
                "page.refused",
                subject_kind="endpoint",
                subject_id=None,
                at=knock.now,
                endpoint=knock.endpoint,
            )


def _staff_visitor(found: SignedIn) -> Visitor:
    return Visitor(actor=found.actor, session_id=found.session_id, mfa_at=found.mfa_at)


def _link_visitor(found: LinkVisitor) -> Visitor:
    link = LinkPass(
        link_id=found.link_id,
        patient_id=found.patient_id,
        purpose=found.purpose,
        resource_kind=found.resource_kind,
        resource_id=found.resource_id,
    )
    is_support = found.purpose == LinkPurpose.SUPPORT
    actor = (
        Actor(kind=ActorKind.SUPPORT, name=_SUPPORT)
        if is_support
        else Actor(kind=ActorKind.PATIENT, id=found.patient_id, name=_PATIENT)
    )
    return Visitor(actor=actor, session_id=found.session_id, link=link)
