"""Links to the own plan, as texts carry them, and what a patient's browser holds who opened one."""

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.billing.actions.page_link import page_link
from tests.browser.town import Town
from tests.browser.town_billing import PATIENT


def plan_link(town: Town, key: str = PATIENT) -> str:
    """Return the token of a patient's link to the own plan."""
    with town.begin(by=town.dana) as session:
        return _token(town, session, key)


def plan_session(town: Town, key: str = PATIENT) -> str:
    """Return the session token of a patient who opened the link to the own plan."""
    born, now = town.patients[key].birth_date, town.runtime.clock()
    with town.begin(by=town.dana) as session:
        token = _token(town, session, key)
        known = {"birth_date": born, "now": now, "ip": None, "birth_date_of": lambda *_: born}
        return access.open_link(session, token=token, **known).session_token


def _token(town: Town, session: Session, key: str) -> str:
    ring, now = town.runtime.link_ring, town.runtime.clock()
    link = page_link(session, town.patients[key], by=town.dana, now=now, ring=ring)
    return access.render_link(session, link_id=link.id, ring=ring)
