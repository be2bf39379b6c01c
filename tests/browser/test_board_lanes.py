"""Short visits side by side on the board: little room, and still every state in words for those who listen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from clinic.scheduling import actions
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.browser.test_every_page import LOOKS
from tests.domains.scheduling.calendar_makers import Clinic, at

LETTERS = 20
"""Pixels that two letters and the dots take."""


@pytest.fixture
def crowded(live: Live) -> Live:
    """Put two visits of a quarter of an hour at the same time with Dr. Okafor, one of them overbooked."""
    with live.town.begin(by=live.town.dana) as session:
        Clinic(session, now=live.town.now, by=live.town.dana).visit_type(
            "check", name="Check", patient_minutes=15, physician_segments=((0, 15),), position=2
        )
    live.town.book("short", "paloma", "okafor", at(23, 13), visit_type_code="check")
    with live.town.begin(by=live.town.dana) as session:
        over = actions.overbook_now(
            session,
            visit_type_code="check",
            patient_id=live.town.patients["desmond"].id,
            physician_id=live.town.physicians["okafor"].id,
            starts_at=at(23, 13),
            reason="Has no other time this week",
            by=live.town.dana,
            now=live.town.now,
            ring=live.town.runtime.link_ring,
        )
        live.town.visits["over"] = over.id
    return live


@LOOKS
def test_the_board_with_short_visits_side_by_side_is_sound(crowded: Live, visit_as: Callable[..., Page], look):
    page = visit_as(crowded, staff="dana", **look)
    okafor = crowded.town.physicians["okafor"].id
    for address in ("/board", f"/board/week?physician={okafor}", "/board/list"):
        page.goto(address)
        assert violations(page) == [], address
        assert sideways(page) == 0, address


@LOOKS
def test_short_visits_side_by_side_show_the_name_and_say_the_state(crowded: Live, visit_as: Callable[..., Page], look):
    page = visit_as(crowded, staff="dana", **look)
    for address in ("/board", f"/board/week?physician={crowded.town.physicians['okafor'].id}"):
        page.goto(address)
        for name in ("Iriarte", "Achterberg"):
            block = page.locator(".block.is-short:not(.of1)", has_text=name)
            expect(block).to_contain_text("1:00")
            expect(block).to_contain_text("Unconfirmed")
            assert _room_for_name(block) >= LETTERS, address


def _room_for_name(block: Locator) -> float:
    """Return how many pixels of the name are seen before the line is cut."""
    room: float = block.evaluate(
        """(block) => block.querySelector(".visit-line").getBoundingClientRect().right
          - block.querySelector(".visit-name").getBoundingClientRect().left"""
    )
    return room
