"""The figures for monitoring: who gets them, what they say, and that they say nothing about anybody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.feeds.metric_families import LABELS
from clinic.gateways.sms import Ambiguous, Rejected, Scope
from clinic.messaging import actions
from clinic.messaging.jobs.nightly import audit_night
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.templates import all_templates
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

TOKEN = "a-token-for-monitoring-of-forty-characters"
NAMES = {
    "clinic_text_all_stopped",
    "clinic_text_oldest_due_age_seconds",
    "clinic_text_due",
    "clinic_text_lane_paused",
    "clinic_text_ambiguous_open",
    "clinic_text_ambiguous_resolved",
    "clinic_text_resent_after_ambiguous",
    "clinic_text_duplicates",
    "clinic_text_unknown_open",
    "clinic_text_list_lag_seconds",
    "clinic_text_state",
    "clinic_text_suppressed",
    "clinic_text_expired",
    "clinic_text_provider_http",
    "clinic_text_provider_errors",
    "clinic_text_send_duration_seconds",
    "clinic_text_callback_duration_seconds",
    "clinic_text_deliver_duration_seconds",
    "clinic_text_slow_ratio",
    "clinic_text_inbound_unprocessed_age_seconds",
    "clinic_text_sweep_last_run_timestamp_seconds",
    "clinic_text_comparison_unknown",
    "clinic_text_comparison_missing",
    "clinic_text_comparison_timestamp_seconds",
    "clinic_text_sent_outside_window",
    "clinic_text_sent_after_opt_out",
}


@pytest.fixture
def provider(clock: TestClock) -> Provider:
    return Provider(clock)


@pytest.fixture
def desk(app: Flask, runtime: Runtime, provider: Provider, clock: TestClock) -> Desk:
    """A desk that texts in the clinic whose figures are asked for."""
    texting = replace(runtime.texting, gateway=provider, segments_per_second=1_000_000.0)
    watched = replace(runtime, metrics_token=TOKEN, texting=texting)
    app.extensions["clinic"] = watched
    return Desk(watched, provider, clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def scrape(client: FlaskClient) -> dict[tuple[str, str], float]:
    """Return every sample by its name and the value of its label, if it has one."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def a_day_of_texts(desk: Desk, provider: Provider, clock: TestClock) -> None:
    """Let every kind of thing happen to a text once."""
    for answer in (None, None, Ambiguous(http_status=500), provider.take_and_hang_up):
        desk.plan(desk.patient())
        provider.answers.append(answer)
    desk.send()
    quick, slow = desk.messages("accepted")
    for message, seconds in ((quick, 2), (slow, 70)):
        clock.advance(seconds=seconds)
        (attempt,) = desk.attempts(message.id)
        desk.report(attempt.id, str(attempt.provider_sid), "delivered")
    clock.advance(minutes=10)
    desk.sweep()  # One text was taken and is found, the other was not and is sent again.
    desk.send()
    desk.plan(desk.patient(), starts_in=timedelta(minutes=5))
    clock.advance(minutes=6)
    desk.sweep()
    refused = desk.patient()
    desk.plan(refused)
    provider.answers.append(Rejected(code=21614, http_status=400, scope=Scope.NUMBER))
    desk.send()
    leaves = desk.patient()
    desk.plan(leaves)
    desk.receive(leaves, "STOP", opt_out_type="STOP")
    desk.plan(desk.patient())
    clock.advance(seconds=90)


def test_without_a_token_in_the_settings_there_is_no_such_page(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 404


@pytest.mark.parametrize("given", [None, "", "Bearer", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_who_has_not_the_token_learns_nothing(desk: Desk, client: FlaskClient, given: str | None) -> None:
    answer = client.get("/metrics", headers={"Authorization": given} if given is not None else {})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "clinic_" not in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


def test_a_fresh_clinic_has_every_figure_that_needs_no_text(desk: Desk, client: FlaskClient) -> None:
    found = scrape(client)
    assert {name for name, _ in found} >= {
        "clinic_text_due",
        "clinic_text_sent_outside_window",
        "clinic_text_all_stopped",
    }
    assert {value for (name, _), value in found.items() if not name.endswith("_bucket")} == {0.0}


def test_every_family_has_its_help_and_its_name(desk: Desk, client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    families = list(text_string_to_metric_families(answer.get_data(as_text=True)))
    assert {family.name for family in families if not family.name.endswith(("_gcount", "_gsum"))} == NAMES
    assert [family.name for family in families if not family.documentation] == []


def test_the_figures_are_those_of_the_database(
    desk: Desk, provider: Provider, clock: TestClock, client: FlaskClient, session: Session
) -> None:
    a_day_of_texts(desk, provider, clock)
    found = scrape(client)
    counted = session.execute(text("select state, count(*) as times from message group by state"))
    states = {row.state: row.times for row in counted}
    assert {label: value for (name, label), value in found.items() if name == "clinic_text_state"} == states
    assert found["clinic_text_due", "visits"] == 1
    assert found["clinic_text_oldest_due_age_seconds", "visits"] == 90
    assert found["clinic_text_ambiguous_open", ""] == 0
    assert found["clinic_text_ambiguous_resolved", "found"] == 1
    assert found["clinic_text_ambiguous_resolved", "sent_again"] == 1
    assert found["clinic_text_resent_after_ambiguous", ""] == 1
    assert found["clinic_text_suppressed", "opted_out"] == 1
    assert found["clinic_text_expired", "BOOK_CONFIRM"] == 1
    assert found["clinic_text_provider_errors", "21614"] == 1
    assert (found["clinic_text_provider_http", "400"], found["clinic_text_provider_http", "500"]) == (1, 1)
    taken = session.scalar(
        text("select count(*) from message_attempt where provider_sid is not null and http_status is null")
    )
    assert found["clinic_text_provider_http", "201"] == taken == 4
    assert found["clinic_text_list_lag_seconds", ""] >= 600
    assert (
        found["clinic_text_sweep_last_run_timestamp_seconds", "expired"]
        == (clock() - timedelta(seconds=90)).timestamp()
    )
    assert (found["clinic_text_sent_outside_window", ""], found["clinic_text_sent_after_opt_out", ""]) == (0, 0)


def test_a_text_that_is_found_in_the_evening_did_not_leave_at_night(
    desk: Desk, provider: Provider, clock: TestClock, client: FlaskClient
) -> None:
    clock.advance(hours=9, minutes=58)  # 7:58 PM in New York.
    message_id = desk.plan(desk.patient())
    provider.answers.append(provider.take_and_hang_up)
    desk.send()
    clock.advance(minutes=10)
    desk.sweep()
    assert desk.message(message_id).state == "accepted"
    assert scrape(client)["clinic_text_sent_outside_window", ""] == 0


def test_an_attempt_that_began_at_night_is_counted(
    desk: Desk, clock: TestClock, client: FlaskClient, session: Session
) -> None:
    desk.plan(desk.patient())
    desk.send()
    session.execute(text("update message_attempt set started_at = started_at + interval '11 hours'"))
    clock.advance(hours=11)
    assert scrape(client)["clinic_text_sent_outside_window", ""] == 1


def test_the_last_comparison_with_the_provider_is_among_the_figures(
    desk: Desk, provider: Provider, clock: TestClock, client: FlaskClient
) -> None:
    for _ in range(3):
        desk.plan(desk.patient())
        desk.send()
    provider.taken.popitem()
    clock.advance(hours=17)
    audit_night(desk.runtime)
    found = scrape(client)
    assert (found["clinic_text_comparison_missing", ""], found["clinic_text_comparison_unknown", ""]) == (1, 0)
    assert found["clinic_text_comparison_timestamp_seconds", ""] == clock().timestamp()


def test_how_long_texts_took_is_counted_in_buckets(
    desk: Desk, provider: Provider, clock: TestClock, client: FlaskClient
) -> None:
    a_day_of_texts(desk, provider, clock)
    found = scrape(client)
    name = "clinic_text_deliver_duration_seconds"
    assert [found[f"{name}_bucket", bound] for bound in ("1", "2.5", "60", "300", "+Inf")] == [0, 1, 1, 2, 2]
    assert (found[f"{name}_gcount", ""], found[f"{name}_gsum", ""]) == (2, 74)
    assert found["clinic_text_slow_ratio", "1m"] == pytest.approx(3 / 4)
    assert found["clinic_text_slow_ratio", "5m"] == pytest.approx(2 / 4)


def test_the_figures_say_that_all_texts_are_stopped(desk: Desk, client: FlaskClient, clock: TestClock) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        actions.stop_sending(session, reason="Wrong day", by=TESTER, now=clock())
    assert scrape(client)["clinic_text_all_stopped", ""] == 1


def test_no_label_and_no_help_tells_of_a_person(
    desk: Desk, provider: Provider, clock: TestClock, client: FlaskClient, session: Session
) -> None:
    a_day_of_texts(desk, provider, clock)
    body = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).get_data(as_text=True)
    known = {*MessageState, *(template.key for template in all_templates())}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            assert set(sample.labels) <= LABELS
            assert {"state", "kind"}.isdisjoint(sample.labels) or set(sample.labels.values()) <= known
    numbers = session.scalars(text("select e164 from phone")).all()
    names = session.scalars(text("select legal_first_name from patient")).all()
    assert [word for word in [*numbers, *names, "Reyes", "Miami"] if word in body] == []
    assert not any(str(message.id) in body for message in session.query(Message))


def test_a_scrape_costs_a_handful_of_statements(desk: Desk, client: FlaskClient, session: Session) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    bind = session.get_bind()
    engine = getattr(bind, "engine", bind)
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    scrape(client)
    assert len([one for one in asked if one.lstrip().upper().startswith("SELECT") and "set_config" not in one]) <= 9
