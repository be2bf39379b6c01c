"""Consent to texts: given, withdrawn, given again, and never without a line of history."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from clinic.kernel.journal import take_entries
from clinic.kernel.outbox import Outbox
from clinic.people import actions, queries, rules
from clinic.people.errors import StaysOptedOut, UnknownSource, UnknownWording
from tests.domains.people.samples import BY_PHONE


@pytest.fixture
def patient(add):
    return add()


@pytest.fixture
def history(session, patient):
    return lambda: [
        (event.change, event.source) for event in reversed(queries.consent_events(session, patient.phone_id))
    ]


def agree(session, patient, *, by, now, consent=BY_PHONE):
    return actions.record_consent(session, patient_id=patient.id, consent=consent, by=by, now=now)


def test_consent_keeps_time_way_and_wording(session, patient, coordinator, now):
    agree(session, patient, by=coordinator, now=now)
    contact = queries.contact_of(session, patient)
    assert (contact.is_texting_allowed, contact.consented_at, contact.source) == (True, now, "phone_call")
    (event,) = queries.consent_events(session, patient.phone_id)
    assert (event.wording_version, event.actor_name, event.at) == ("sms-2026-11-en", "Dana Reyes", now)


def test_the_opt_in_text_is_asked_for_once(session, patient, coordinator, now):
    agree(session, patient, by=coordinator, now=now)
    agree(session, patient, by=coordinator, now=now + timedelta(days=1))
    told = list(session.execute(select(Outbox.topic, Outbox.subject_id)))
    assert told == [("consent.recorded", patient.id)]


@pytest.mark.parametrize("source", ["not_asked", "text_reply", "provider"])
def test_staff_cannot_record_consent_that_only_the_phone_can_give(session, patient, coordinator, now, source):
    with pytest.raises(UnknownSource):
        agree(session, patient, by=coordinator, now=now, consent=replace(BY_PHONE, source=source))


def test_words_that_nobody_showed_cannot_be_agreed_to(session, patient, coordinator, now):
    with pytest.raises(UnknownWording):
        agree(session, patient, by=coordinator, now=now, consent=replace(BY_PHONE, wording_version="sms-1999-01-en"))
    assert queries.consent_events(session, patient.phone_id) == []


def test_stop_forbids_texts_and_start_allows_them_again(session, patient, coordinator, now, history):
    agree(session, patient, by=coordinator, now=now)
    assert actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert not queries.contact_of(session, patient).is_texting_allowed
    assert actions.opt_in(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert queries.contact_of(session, patient).is_texting_allowed
    assert history() == [("consented", "phone_call"), ("opted_out", "text_reply"), ("opted_in", "text_reply")]


def test_a_second_stop_changes_nothing(session, patient, coordinator, now, history):
    actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert not actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert len(history()) == 1


def test_a_start_without_need_changes_nothing(session, patient, coordinator, now, history):
    agree(session, patient, by=coordinator, now=now)
    assert not actions.opt_in(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert len(history()) == 1


def test_a_stop_from_the_phone_stands_over_what_a_colleague_recorded(session, patient, coordinator, now, history):
    actions.opt_out(session, phone_id=patient.phone_id, source="phone_call", by=coordinator, now=now)
    assert actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert queries.contact_of(session, patient).is_blocked_by_carrier
    with pytest.raises(StaysOptedOut, match="START"):
        agree(session, patient, by=coordinator, now=now)


def test_what_a_colleague_recorded_a_new_consent_lifts(session, patient, coordinator, now):
    actions.opt_out(session, phone_id=patient.phone_id, source="phone_call", by=coordinator, now=now)
    agree(session, patient, by=coordinator, now=now + timedelta(days=1))
    assert queries.contact_of(session, patient).is_texting_allowed


def test_each_change_raises_the_revision_and_is_audited(session, patient, coordinator, now):
    take_entries(session)
    before = queries.consent_of(session, patient.phone_id).revision
    agree(session, patient, by=coordinator, now=now)
    actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    assert queries.consent_of(session, patient.phone_id).revision == before + 2
    entries = take_entries(session)
    assert [entry.action for entry in entries] == ["consent.consented", "consent.opted_out"]
    assert all(entry.patient_ids == (patient.id,) for entry in entries)


def test_everybody_who_shares_the_phone_is_named_in_the_audit(session, patient, add, coordinator, now):
    twin = add(legal_first_name="Ana", confirmed=[patient.id])
    take_entries(session)
    actions.opt_out(session, phone_id=patient.phone_id, source="text_reply", by=coordinator, now=now)
    (entry,) = take_entries(session)
    assert set(entry.patient_ids) == {patient.id, twin.id}


def test_history_cannot_be_rewritten(session, patient, coordinator, now):
    agree(session, patient, by=coordinator, now=now)
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("update sms_consent_event set source = 'in_person'"))


def test_a_stranger_has_a_phone_that_was_never_asked(session, now):
    phone = actions.keep_phone(session, e164="+13055550166", now=now)
    assert actions.keep_phone(session, e164="+13055550166", now=now).id == phone.id
    consent = queries.consent_for_share(session, phone.id)
    assert not rules.is_texting_allowed(consent.consented_at, consent.opted_out_at)
    assert queries.phone_by_number(session, "+13055550166").id == phone.id
