"""Wishes to be let in, codes and the sessions of signed-in patients, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import TooManyGuesses
from clinic.access.models import EntryRequest, Guess, PatientSession
from clinic.access.rules.entering import AreaEntered, Asked, CodeDead, Wish, WrongCode
from clinic.kernel.actor import ANONYMOUS, Actor, system
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import digest, new_id
from tests.conftest import Database

RING = KeyRing((("k1", b"1" * 32),))
ASKED = Asked(e164="+13055550123", birth_date=date(1984, 3, 12))
WORKER = system("Test")


def ask(session: Session, now: datetime, asked: Asked = ASKED, *, ip: str = "192.0.2.10") -> UUID:
    by = Actor(kind=ANONYMOUS.kind, name=ANONYMOUS.name, ip=ip)
    found = actions.ask_to_enter(session, asked, wish=Wish.CODE, now=now, by=by)
    assert isinstance(found, UUID)
    return found


def issue(session: Session, request_id: UUID, now: datetime, *, patient_id: UUID | None = None) -> str:
    taken = actions.take_wish(session, request_id, now=now)
    assert taken is not None
    issued = actions.issue_code(
        session, taken[0], patient_id=patient_id or new_id(), phone_id=new_id(), ring=RING, now=now
    )
    return issued.code


def use(session: Session, request_id: UUID, typed: str, now: datetime) -> object:
    return actions.use_code(session, request_id, typed=typed, ring=RING, now=now, by=ANONYMOUS)


def entered(session: Session, now: datetime, *, patient_id: UUID | None = None) -> AreaEntered:
    request_id = ask(session, now)
    found = use(session, request_id, issue(session, request_id, now, patient_id=patient_id), now)
    assert isinstance(found, AreaEntered)
    return found


def live(session: Session, found: AreaEntered, now: datetime) -> queries.AreaVisitor | None:
    return queries.area_session_by_token(session, token_hash=digest(found.token), now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_what_was_typed_is_sealed_and_forgotten_once_somebody_looked(session: Session, now: datetime):
    request_id = ask(session, now)
    raw = session.scalar(text("select asked_sealed from entry_request"))
    assert b"305555" not in bytes(raw)
    taken = actions.take_wish(session, request_id, now=now)
    assert taken is not None
    assert taken[1] == ASKED
    assert session.scalar(text("select asked_sealed from entry_request")) is None
    assert actions.take_wish(session, request_id, now=now) is None


def test_a_wish_that_waited_too_long_is_answered_to_nobody(session: Session, now: datetime):
    request_id = ask(session, now)
    assert actions.take_wish(session, request_id, now=now + timedelta(minutes=10)) is None


def test_a_code_lets_in_once(session: Session, now: datetime):
    request_id = ask(session, now)
    code = issue(session, request_id, now)
    assert isinstance(use(session, request_id, code, now), AreaEntered)
    assert use(session, request_id, code, now) == CodeDead()
    assert code.encode() not in bytes(session.get_one(EntryRequest, request_id).code_hash or b"")


def test_a_code_is_dead_after_ten_minutes(session: Session, now: datetime):
    request_id = ask(session, now)
    code = issue(session, request_id, now)
    assert use(session, request_id, code, now + timedelta(minutes=10)) == CodeDead()


def test_the_ten_minutes_begin_when_the_code_is_made(session: Session, now: datetime):
    request_id, later = ask(session, now), now + timedelta(minutes=8)
    code = issue(session, request_id, later)
    assert isinstance(use(session, request_id, code, later + timedelta(minutes=9)), AreaEntered)


def test_five_wrong_tries_end_a_code_and_are_counted_as_guesses(session: Session, now: datetime):
    request_id = ask(session, now)
    code = issue(session, request_id, now)
    found = [use(session, request_id, wrong(code), now) for _ in range(5)]
    assert found == [WrongCode(4), WrongCode(3), WrongCode(2), WrongCode(1), CodeDead()]
    assert use(session, request_id, code, now) == CodeDead()
    assert queries.guessing(session, now=now).tries == 5


def test_a_wish_of_nobody_answers_as_one_with_another_code_does(session: Session, now: datetime):
    known, unknown = ask(session, now), ask(session, now, Asked(e164="+13055550124", birth_date=date(1990, 1, 1)))
    code = issue(session, known, now)
    assert actions.take_wish(session, unknown, now=now) is not None
    said: list[list[object]] = []
    statements: list[list[str]] = []
    for request_id in (known, unknown):
        written: list[str] = []
        session.flush()
        listener = lambda _c, _cursor, statement, *_rest, into=written: into.append(statement)  # noqa: E731 - removed below
        event.listen(session.connection(), "before_cursor_execute", listener)
        said.append([use(session, request_id, wrong(code), now) for _ in range(6)])
        event.remove(session.connection(), "before_cursor_execute", listener)
        statements.append(written)
    assert said[0] == said[1]
    assert statements[0] == statements[1]


def test_wishes_are_limited_by_number_by_address_and_of_all(session: Session, now: datetime):
    for _ in range(5):
        ask(session, now)
    again = actions.ask_to_enter(session, ASKED, wish=Wish.LINK, now=now, by=ANONYMOUS)
    assert again == TooManyGuesses(now + timedelta(minutes=30))
    for line in range(5):
        ask(session, now, Asked(e164=f"+1305555013{line}", birth_date=date(1984, 3, 12)))
    stranger = Asked(e164="+13055550190", birth_date=date(1984, 3, 12))
    here = Actor(kind=ANONYMOUS.kind, name=ANONYMOUS.name, ip="192.0.2.10")
    assert isinstance(actions.ask_to_enter(session, stranger, wish=Wish.CODE, now=now, by=here), TooManyGuesses)
    ask(session, now, stranger, ip="192.0.2.11")
    session.add_all(Guess(kind="entry", account_key=str(one), ip=None, guessed_at=now) for one in range(300))
    there = Actor(kind=ANONYMOUS.kind, name=ANONYMOUS.name, ip="192.0.2.12")
    assert isinstance(actions.ask_to_enter(session, stranger, wish=Wish.CODE, now=now, by=there), TooManyGuesses)


def test_asking_is_no_guess_and_alarms_nobody(session: Session, now: datetime):
    ask(session, now)
    assert queries.guessing(session, now=now).tries == 0


@pytest.mark.parametrize(
    ("pauses", "lives"),
    [
        ([timedelta(minutes=20)], True),
        ([timedelta(minutes=20, seconds=1)], False),
        ([timedelta(minutes=19)] * 38, False),
    ],
)
def test_a_session_ends_when_it_is_idle_or_old(
    session: Session, now: datetime, pauses: list[timedelta], *, lives: bool
):
    found = entered(session, now)
    at = now
    for pause in pauses:
        at += pause
        visitor = live(session, found, at)
        if visitor is not None:
            actions.area_seen(session, session_id=visitor.session_id, now=at)
    assert (live(session, found, at) is not None) is lives


def test_signing_out_ends_one_session_and_everywhere_all(session: Session, now: datetime):
    patient_id = new_id()
    one, two = (entered(session, now, patient_id=patient_id) for _ in range(2))
    visitor = live(session, one, now)
    assert visitor is not None
    actions.leave_area(session, session_id=visitor.session_id, now=now, by=WORKER)
    assert (live(session, one, now), live(session, two, now) is not None) == (None, True)
    assert queries.sign_ins_of(session, patient_id, now=now) == queries.SignIns(last_at=now, live=1)
    assert actions.end_area_sessions(session, patient_id=patient_id, now=now, by=WORKER) == 1
    assert live(session, two, now) is None


def test_ending_everything_makes_a_code_on_its_way_useless_and_says_nothing_of_it(session: Session, now: datetime):
    patient_id, request_id = new_id(), ask(session, now)
    code = issue(session, request_id, now, patient_id=patient_id)
    actions.end_area_sessions(session, patient_id=patient_id, now=now, by=WORKER)
    assert use(session, request_id, code, now) == WrongCode(4)


def test_two_who_use_one_code_at_once_are_one_session(database: Database, now: datetime):
    with database.begin(by=WORKER) as session:
        request_id = ask(session, now)
        code = issue(session, request_id, now)

    def come() -> object:
        with database.begin(by=ANONYMOUS) as session:
            return use(session, request_id, code, now)

    with ThreadPoolExecutor(5) as pool:
        with database.begin(by=ANONYMOUS) as session:
            assert isinstance(use(session, request_id, code, now), AreaEntered)
            others = [pool.submit(come) for _ in range(5)]
            with pytest.raises(TimeoutError):
                others[0].result(timeout=0.3)
        assert [one.result() for one in others] == [CodeDead()] * 5
    with database.begin(by=WORKER) as session:
        assert session.query(PatientSession).count() == 1
