"""What runs, as an administrator sees it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from clinic.dashboards.operations import operations, warnings
from clinic.dashboards.well_being import well_being
from clinic.kernel.actor import Role, system
from clinic.kernel.ids import new_id
from clinic.kernel.tables import Heartbeat
from clinic.messaging.models import Lane, Message, ProviderAudit, SweepRun
from clinic.people.models import Phone
from clinic.runtime import Runtime
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind
from tests.domains.messaging.provider import Provider
from tests.web.html import Browser

WORKER = system("Worker")
_NUMBERS = count(100)


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


def test_a_fresh_clinic_says_that_nothing_has_run(admin: Browser):
    page = admin.get("/admin/system")
    assert page.h1 == "System"
    assert page.text.count("Silent") == 2
    assert "No round has run yet" in page.text
    assert "The first comparison runs at 3 AM" in page.text
    assert "Needs a look" in page.text
    assert "The worker that sends texts is silent." in page.text
    queues, numbers = page.select("table")
    assert [len(table.findall(".//tbody/tr")) for table in (queues, numbers)] == [4, 7]


def run(session: Session, now: datetime) -> None:
    """Let every process have been heard just now."""
    session.execute(
        insert(Heartbeat).values([{"name": name, "seen_at": now, "detail": ""} for name in ("worker", "beat")])
    )
    session.commit()


def test_a_clinic_that_runs_says_that_all_is_well(admin: Browser, session: Session, app: Flask, now: datetime):
    run(session, now)
    texting = replace(app.extensions["clinic"].texting, gateway=Provider(lambda: now))
    app.extensions["clinic"] = replace(app.extensions["clinic"], texting=texting)
    page = admin.get("/admin/system")
    assert "All is well" in page.text
    assert "Needs a look" not in page.text


def test_the_oldest_text_that_is_due_is_told_with_its_age(admin: Browser, session: Session, now: datetime):
    run(session, now)
    due_text(session, now=now, due_at=now - timedelta(minutes=3))
    page = admin.get("/admin/system")
    assert "Visits: one has been due for more than two minutes." in page.text
    assert "3 min" in page.text


def test_every_number_has_its_sentence_and_what_must_be_zero_says_so(session: Session, now: datetime):
    state = operations(session, now=now)
    found = well_being(session, state, has_provider=True, now=now)
    assert all(number.words.endswith(".") and len(number.words) < 110 for number in found.numbers)
    assert [number.label for number in found.numbers if "Must be 0" in number.words] == [
        "Left at night",
        "Left after an opt-out",
    ]
    assert {number.is_bad for number in found.numbers} == {False}


def test_what_is_unclear_unknown_or_doubled_is_counted(session: Session, now: datetime):
    due_text(session, now=now, due_at=now, state="ambiguous", attempt_count=1, ambiguous_count=1)
    due_text(session, now=now, due_at=now, state="accepted", duplicate_count=1)
    found = well_being(session, operations(session, now=now), has_provider=True, now=now)
    values = {number.label: (number.value, number.is_bad) for number in found.numbers}
    assert values["Without a clear answer"] == (1, False)
    assert values["Sent more than once"] == (1, True)


@pytest.mark.parametrize(("unknown", "is_even"), [([], True), (["SM" + "4" * 32], False)])
def test_the_last_comparison_is_told_here_and_in_full_on_its_page(
    admin: Browser, session: Session, now: datetime, *, unknown: list[str], is_even: bool
):
    message_id = due_text(session, now=now, due_at=now, state="accepted")
    session.execute(
        insert(ProviderAudit).values(
            day=now.date() - timedelta(days=1),
            ran_at=now - timedelta(hours=4),
            listed_count=12,
            accepted_count=11,
            unknown_sids=unknown,
            missing_ids=[] if is_even else [message_id],
        )
    )
    session.commit()
    page = admin.get("/admin/system")
    assert "the provider has 12, we count 11." in page.text
    assert ("did not come out even" in page.text) is not is_even
    nights = page.click("All nights")
    assert nights.h1 == "Comparison with the provider"
    assert ("Too many: 1" in nights.text, "Not on the list: 1" in nights.text) == (not is_even, not is_even)
    assert all(sid in nights.text for sid in unknown)


def test_without_a_comparison_the_page_says_when_the_first_one_runs(admin: Browser):
    assert "Nothing was compared yet" in admin.get("/admin/system/comparisons").text


def due_text(session: Session, *, now: datetime, due_at: datetime, **changes: object) -> UUID:
    """Write one text as a row: in these states nobody gets it by an action alone."""
    phone = Phone(id=new_id(), e164=f"+1305555{next(_NUMBERS):04}", created_at=now)
    session.add(phone)
    session.flush()
    message = Message(
        id=new_id(),
        dedupe_key=str(new_id()),
        address_id=phone.id,
        recipient_kind="stranger",
        subject_kind="inbound_text",
        template_key="UNKNOWN_INBOUND",
        template_version=1,
        language="en",
        zone="America/New_York",
        lane=2,
        policy="AMO",
        category="auto",
        due_at=due_at,
        expires_at=now + timedelta(hours=1),
        created_at=now,
        updated_at=now,
    )
    message.variables_json = "{}"
    for name, value in changes.items():
        setattr(message, name, value)
    session.add(message)
    session.commit()
    return message.id


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
