"""An administrator looks whether all is well, puts given-up work back in line and reads a night that is not even."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from clinic.kernel.actor import system
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox
from clinic.kernel.tables import Heartbeat
from clinic.messaging.models import Lane, ProviderAudit
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways

BY = system("Operator")


def trouble(live: Live) -> None:
    """Let a queue be on hold, some work be given up and a night not come out even."""
    now = live.clock()
    with live.town.begin(by=BY) as session:
        session.execute(update(Lane).where(Lane.number == 3).values(paused_at=now, pause_reason="provider code 20003"))
        session.add(
            Outbox(
                id=new_id(),
                topic="reply.received",
                subject_id=new_id(),
                due_at=now,
                created_at=now - timedelta(hours=2),
                state="parked",
                attempt_count=5,
                last_error_code="OperationalError",
                settled_at=now - timedelta(hours=1),
            )
        )
        session.execute(insert(Heartbeat).values(name="beat", seen_at=now, detail=""))
        for back, unknown in ((1, ["SM" + "4" * 32, "SM" + "5" * 32]), (2, []), (3, [])):
            session.execute(
                insert(ProviderAudit).values(
                    day=(now - timedelta(days=back)).date(),
                    ran_at=now - timedelta(days=back - 1, hours=7),
                    listed_count=40 + len(unknown),
                    accepted_count=40,
                    unknown_sids=unknown,
                    missing_ids=[],
                )
            )


@pytest.mark.parametrize("size", [(1280, 800), (390, 780)])
def test_the_system_page_says_what_is_wrong_and_what_to_do(
    live: Live, visit_as: Callable[..., Page], size: tuple[int, int]
):
    trouble(live)
    page = visit_as(live, staff="morgan", size=size)
    page.goto("/admin/system")
    expect(page.get_by_text("Needs a look", exact=True)).to_be_visible()
    expect(page.get_by_text("Notices: the queue is on hold.")).to_be_visible()
    assert (violations(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".toast")).to_contain_text("It is in line again.")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".toast")).to_contain_text("Texts of this queue leave again.")
    expect(page.get_by_text("Notices: the queue is on hold.")).to_have_count(0)
    page.get_by_role("link", name="All nights").click()
    expect(page.get_by_role("heading", name="Too many: 2")).to_be_visible()
    assert (violations(page), sideways(page)) == ([], 0)
