"""What runs, as an administrator sees it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from clinic.dashboards.operations import operations, warnings
from clinic.kernel.actor import Role, system
from clinic.kernel.tables import Heartbeat
from clinic.messaging.models import Lane, SweepRun
from clinic.runtime import Runtime
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind
from tests.web.html import Browser

WORKER = system("Worker")


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


def test_a_fresh_clinic_says_that_nothing_has_run(admin: Browser):
    page = admin.get("/admin/system")
    assert page.h1 == "System"
    assert page.text.count("Silent") == 2
    assert "No round has run yet" in page.text
    assert len(page.select("tbody tr")) == 3


@pytest.mark.parametrize(("age", "silent"), [(90, False), (91, True)])
def test_a_process_is_silent_after_a_minute_and_a_half(session: Session, now: datetime, *, age: int, silent: bool):
    session.execute(insert(Heartbeat).values(name="worker", seen_at=now - timedelta(seconds=age), detail=""))
    found = operations(session, now=now)
    assert {pulse.name: pulse.is_silent for pulse in found.pulses} == {"worker": silent, "beat": True}
    assert bool(warnings(session, now=now)) is silent


def test_a_queue_on_hold_is_sent_again_by_a_button(admin: Browser, session: Session, now: datetime):
    session.execute(update(Lane).where(Lane.number == 2).values(paused_at=now, pause_reason="provider code 20005"))
    session.execute(insert(SweepRun).values(name="free_leases", ran_at=now - timedelta(minutes=3)))
    session.commit()
    page = admin.get("/admin/system")
    assert "provider code 20005" in page.text
    assert "Free leases" in page.text
    done = page.form("resume-2").submit()
    assert done.toasts == ["✓ Texts of this queue leave again."]
    assert "provider code" not in done.text
    again = page.form("resume-2").submit()
    assert again.toasts[0].startswith("!")


def test_tasks_of_administrators_are_listed_and_closed_here(admin: Browser, runtime: Runtime, now: datetime):
    with runtime.begin(by=WORKER) as session:
        worklist.open_item(
            session,
            kind=WorkKind.OUTBOX_PARKED,
            dedupe_key="outbox_parked:1",
            reason="“reply.received” failed 5 times.",
            subject_kind="outbox",
            subject_id=None,
            patient_id=None,
            now=now,
            by=WORKER,
        )
    assert "1 task needs you" in admin.get("/admin/staff").text
    page = admin.get("/admin/system")
    assert "failed 5 times" in page.text
    name = next(name for name in page.forms if name.startswith("close-"))
    assert page.form(name).submit().toasts == ["✓ Done."]
    assert page.form(name).submit().toasts[0].startswith("!")
    with runtime.begin(by=WORKER) as session:
        assert tasks.count_open(session, roles=[Role.ADMIN]) == 0
