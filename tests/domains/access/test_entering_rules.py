"""Codes by text as pure rules: six digits, ten minutes, five tries, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.access.rules.entering import CODE_LIVES, CODE_TRIES, Asked, fits, hash_of, is_open, new_code
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
RING = KeyRing((("k1", b"1" * 32),))
ROTATED = KeyRing((("k2", b"2" * 32), ("k1", b"1" * 32)))


def test_codes_are_six_digits_and_no_two_hundred_are_alike():
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 190


def test_a_code_fits_its_own_wish_only():
    one, other = new_id(), new_id()
    stored = hash_of(RING, one, "048215")
    assert fits(RING, one, stored=stored, typed="048215")
    assert not fits(RING, other, stored=stored, typed="048215")
    assert not fits(RING, one, stored=stored, typed="048216")


@pytest.mark.parametrize("typed", ["048 215", " 048215 ", "048-215"])
def test_a_code_may_be_typed_with_gaps(typed: str):
    one = new_id()
    assert fits(RING, one, stored=hash_of(RING, one, "048215"), typed=typed)


@pytest.mark.parametrize("typed", ["", "48215", "０４８２１５", "0482150"])
def test_what_is_no_code_does_not_fit(typed: str):
    one = new_id()
    assert not fits(RING, one, stored=hash_of(RING, one, "048215"), typed=typed)


def test_without_a_code_nothing_fits():
    assert not fits(RING, new_id(), stored=None, typed="048215")
    assert not fits(RING, new_id(), stored=None, typed="")


def test_a_code_sent_before_the_keys_changed_still_fits():
    one = new_id()
    assert fits(ROTATED, one, stored=hash_of(RING, one, "048215"), typed="048215")


@pytest.mark.parametrize(
    ("after", "used", "tries", "is_taken"),
    [
        (timedelta(), False, 0, True),
        (CODE_LIVES - timedelta(seconds=1), False, CODE_TRIES - 1, True),
        (CODE_LIVES, False, 0, False),
        (timedelta(), True, 0, False),
        (timedelta(), False, CODE_TRIES, False),
    ],
)
def test_until_when_a_code_is_taken(after: timedelta, *, used: bool, tries: int, is_taken: bool):
    found = is_open(expires_at=NOW + CODE_LIVES, used_at=NOW if used else None, tries=tries, now=NOW + after)
    assert found is is_taken


def test_what_was_typed_reads_as_it_was_written():
    asked = Asked(e164="+13055550123", birth_date=date(1984, 3, 12))
    assert Asked.read(asked.written()) == asked
    assert "1984" not in repr(asked)
    assert "305" not in repr(asked)
