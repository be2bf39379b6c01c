"""Giving a text other words: what is refused, who was faster, which words leave, and that none are forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from clinic.audit.models import AuditEvent
from clinic.gateways.sms import Ambiguous
from clinic.kernel.ids import new_id
from clinic.messaging import actions, queries
from clinic.messaging.errors import NoSuchText, WordingChanged, WordsRefused
from clinic.messaging.models import MessageWording
from clinic.messaging.queries.history import TextRow
from clinic.messaging.rules.editing import words_of
from clinic.messaging.rules.templates import Facts, current
from tests.conftest import Database, TestClock
from tests.domains.messaging.conftest import MakeRuntime
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100")
OWN = "{clinic}: See you on {date}, {time}. All about it: {link} Reply STOP to opt out."
OTHER = "{clinic}: We look forward to {date}, {time}. Details: {link} Reply STOP to opt out."
SHIPPED = words_of(current("BOOK_CONFIRM"))


def reword(desk: Desk, english: str = OWN, *, number: int = 0, key: str = "BOOK_CONFIRM", **more: str) -> bool:
    words = {**words_of(current(key)), "en": english}
    with desk.runtime.begin(by=TESTER) as session:
        return actions.reword(
            session,
            key=key,
            words=words | {name: typed for name, typed in more.items() if name in words},
            reason=more.get("reason", "Warmer words."),
            number=number,
            by=TESTER,
            now=desk.clock(),
        )


def take_back(desk: Desk, *, number: int) -> bool:
    with desk.runtime.begin(by=TESTER) as session:
        return actions.take_back_shipped(
            session, key="BOOK_CONFIRM", reason="It was better.", number=number, by=TESTER, now=desk.clock()
        )


def worded(desk: Desk, key: str = "BOOK_CONFIRM") -> queries.WordedText:
    with desk.runtime.begin(by=TESTER) as session:
        return queries.worded_text(session, key)


def bodies(provider: Provider) -> list[str]:
    return [sent.body.split(". ")[0] for sent in provider.calls]


def test_new_words_hold_at_once_and_the_old_ones_stay_readable(desk: Desk, clock: TestClock):
    assert worded(desk).words == SHIPPED
    assert reword(desk)
    clock.advance(days=1)
    assert reword(desk, OTHER, number=1, reason="Friendlier still.")
    now = worded(desk)
    assert (now.words["en"], now.words["es"], now.number, now.is_own) == (OTHER, SHIPPED["es"], 2, True)
    assert (now.changed_at, now.changed_by) == (clock(), "Test")
    with desk.runtime.begin(by=TESTER) as session:
        told = queries.wordings_of_text(session, "BOOK_CONFIRM")
    assert [(each.number, each.words["en"], each.reason) for each in told] == [
        (2, OTHER, "Friendlier still."),
        (1, OWN, "Warmer words."),
        (0, SHIPPED["en"], ""),
    ]


def test_every_text_is_listed_once_with_the_words_that_hold(desk: Desk):
    reword(desk)
    with desk.runtime.begin(by=TESTER) as session:
        listed = {text.shipped.key: text for text in queries.all_texts(session)}
    assert listed["BOOK_CONFIRM"].words["en"] == OWN
    assert [key for key, text in listed.items() if text.is_own] == ["BOOK_CONFIRM"]


def test_going_back_to_the_shipped_words_is_one_more_wording(desk: Desk):
    reword(desk)
    assert take_back(desk, number=1)
    now = worded(desk)
    assert (now.words, now.number, now.is_own) == (SHIPPED, 2, False)
    with desk.runtime.begin(by=TESTER) as session:
        told = queries.wordings_of_text(session, "BOOK_CONFIRM")
    assert [(each.number, each.is_shipped) for each in told] == [(2, True), (1, False), (0, True)]


def test_the_same_words_again_change_nothing(desk: Desk):
    assert not take_back(desk, number=0)
    reword(desk)
    assert not reword(desk, f"  {OWN}  ", number=1)
    assert worded(desk).number == 1


def test_typing_the_shipped_words_anew_is_a_return_to_them(desk: Desk):
    reword(desk)
    reword(desk, SHIPPED["en"], number=1)
    assert not worded(desk).is_own


def test_words_that_break_a_rule_are_refused_at_their_box_and_nothing_is_kept(desk: Desk):
    with pytest.raises(WordsRefused) as refusal:
        reword(desk, OWN.replace("See you", "Your ketamine visit is"))
    assert refusal.value.field == "en"
    assert "Take out \u201cketamine\u201d" in refusal.value.message
    with pytest.raises(WordsRefused) as refusal:
        reword(desk, OWN, es="{clinic}: Hola")
    assert refusal.value.field == "es"
    assert worded(desk).number == 0


@pytest.mark.parametrize("reason", ["", "so", "x" * 301])
def test_a_change_without_a_reason_is_refused(desk: Desk, reason: str):
    with pytest.raises(WordsRefused) as refusal:
        reword(desk, reason=reason)
    assert refusal.value.field == "reason"


def test_who_did_not_see_the_last_change_saves_nothing(desk: Desk):
    reword(desk)
    with pytest.raises(WordingChanged) as refusal:
        reword(desk, OTHER)
    assert refusal.value.who == "Test"
    with pytest.raises(WordingChanged):
        take_back(desk, number=0)
    assert worded(desk).words["en"] == OWN


def test_a_text_that_does_not_exist_cannot_be_changed(desk: Desk):
    with pytest.raises(NoSuchText), desk.runtime.begin(by=TESTER) as session:
        actions.take_back_shipped(session, key="NOTHING", reason="Whatever.", number=0, by=TESTER, now=desk.clock())


def test_a_change_stands_in_the_audit_trail(desk: Desk):
    reword(desk)
    with desk.runtime.begin(by=TESTER) as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "text.reworded")).one()
    assert noted.details == {"key": "BOOK_CONFIRM", "number": 1, "is_shipped": False}


def test_a_text_that_waits_leaves_in_the_newest_words(desk: Desk, provider: Provider):
    reword(desk)
    desk.plan(desk.patient())
    reword(desk, OTHER, number=1)
    desk.send()
    assert bodies(provider) == ["Demo Home Clinic: We look forward to Wed Nov 25, 10:00 AM ET"]


def test_a_text_planned_before_the_clinic_had_words_of_its_own_takes_them(desk: Desk, provider: Provider):
    desk.plan(desk.patient())
    reword(desk)
    desk.send()
    assert bodies(provider) == ["Demo Home Clinic: See you on Wed Nov 25, 10:00 AM ET"]


def test_a_text_leaves_in_the_shipped_words_after_the_return_to_them(desk: Desk, provider: Provider):
    reword(desk)
    message_id = desk.plan(desk.patient())
    take_back(desk, number=1)
    desk.send()
    assert bodies(provider) == ["Demo Home Clinic: Video visit set for Wed Nov 25, 10:00 AM ET"]
    assert desk.message(message_id).wording_id is None


def test_a_second_try_says_what_the_first_one_said(desk: Desk, provider: Provider, clock: TestClock):
    reword(desk)
    desk.plan(desk.patient())
    provider.answers.append(Ambiguous(http_status=500))
    desk.send()
    reword(desk, OTHER, number=1)
    for _ in range(3):
        clock.advance(minutes=5)
        desk.sweep()
        desk.send()
    first, *others = {sent.body for sent in provider.calls}
    assert first.startswith("Demo Home Clinic: See you on")
    assert (others, len(provider.calls)) == ([], 2)


def told(desk: Desk, visit: object) -> list[TextRow]:
    with desk.runtime.begin(by=TESTER) as session:
        return queries.texts_about(session, subject_kind="appointment", subject_id=visit, facts=FACTS)  # type: ignore[arg-type]


def test_history_shows_the_words_that_were_really_sent(desk: Desk):
    visit = new_id()
    reword(desk)
    desk.plan(desk.patient(), subject_id=visit)
    desk.send()
    reword(desk, OTHER, number=1)
    desk.plan(desk.patient(), subject_id=visit, version=2, due_in=timedelta(hours=2))
    sent, waiting = told(desk, visit)
    assert sent.body.startswith("Demo Home Clinic: See you on Wed Nov 25")
    assert waiting.body.startswith("Demo Home Clinic: We look forward to Wed Nov 25")
    take_back(desk, number=2)
    sent, waiting = told(desk, visit)
    assert sent.body.startswith("Demo Home Clinic: See you on Wed Nov 25")
    assert waiting.body.startswith("Demo Home Clinic: Video visit set for Wed Nov 25")


def test_words_for_an_older_version_of_a_text_are_kept_and_no_longer_used(desk: Desk, provider: Provider):
    with desk.runtime.begin(by=TESTER) as session:
        session.add(
            MessageWording(
                template_key="BOOK_CONFIRM",
                template_version=0,
                number=1,
                words={**SHIPPED, "en": OWN},
                at=desk.clock(),
                reason="Long ago.",
                actor_id=None,
                actor_name="Test",
            )
        )
    assert (worded(desk).is_own, worded(desk).words) == (False, SHIPPED)
    desk.plan(desk.patient())
    desk.send()
    assert bodies(provider) == ["Demo Home Clinic: Video visit set for Wed Nov 25, 10:00 AM ET"]


def test_a_reader_without_a_link_gets_the_words_for_that(desk: Desk):
    key = "VISIT_CANCELED"
    other = "{clinic}: We cannot hold your visit on {date}, {time}. For another time, call {phone}."
    assert reword(desk, words_of(current(key))["en"], key=key, en_without_link=other)
    assert worded(desk, key).words["en_without_link"] == other


def test_the_application_cannot_rewrite_a_wording(database: Database, make_runtime: MakeRuntime, desk: Desk):
    runtime = make_runtime(database.begin)
    with runtime.begin(by=TESTER) as session:
        actions.reword(
            session,
            key="BOOK_CONFIRM",
            words={**SHIPPED, "en": OWN},
            reason="Warmer words.",
            number=0,
            by=TESTER,
            now=desk.clock(),
        )
    with pytest.raises(ProgrammingError, match="permission denied"), runtime.begin(by=TESTER) as session:
        session.execute(text("update message_wording set words = null"))


def test_of_two_people_who_save_at_once_one_is_told_so(committed_desk: Desk):
    from concurrent.futures import ThreadPoolExecutor

    def save(words: str) -> str:
        try:
            return str(reword(committed_desk, words))
        except WordingChanged:
            return "changed"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(save, (OWN, OTHER))) == ["True", "changed"]
