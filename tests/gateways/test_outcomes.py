import re

import pytest

from clinic.gateways.sms import Scope
from clinic.gateways.sms.outcomes import _MEANINGS, RetryClass, advice_for, class_of_error, meaning_of, scope_of


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (30001, RetryClass.RETRY_LATER),
        (30002, RetryClass.STOP_LANE),
        (30003, RetryClass.RETRY_ONCE_LATER),
        (30004, RetryClass.PERMANENT_NUMBER),
        (30005, RetryClass.PERMANENT_NUMBER),
        (30006, RetryClass.PERMANENT_NUMBER),
        (30007, RetryClass.FILTERED),
        (30008, RetryClass.RETRY_ONCE_LATER),
        (30022, RetryClass.RETRY_LATER),
        (30023, RetryClass.RETRY_LATER),
        (30034, RetryClass.STOP_LANE),
        (30036, RetryClass.RETRY_LATER),
        (30610, RetryClass.NEXT_MORNING),
        (14107, RetryClass.REPLY_LOOP),
        (21610, RetryClass.OPTED_OUT),
        (None, RetryClass.UNKNOWN),
        (0, RetryClass.UNKNOWN),
        (31999, RetryClass.UNKNOWN),
    ],
)
def test_a_report_code_has_a_retry_class(code: int | None, expected: RetryClass) -> None:
    assert class_of_error(code) is expected


def test_a_phone_that_was_off_is_left_alone_for_half_an_hour() -> None:
    for code in (30003, 30008):
        wait = meaning_of(code).wait
        assert wait is not None
        assert wait.total_seconds() == 1800


def test_whatever_is_tried_again_by_the_clock_says_when() -> None:
    by_the_clock = {RetryClass.RETRY_LATER, RetryClass.RETRY_ONCE_LATER}
    for code, meaning in _MEANINGS.items():
        assert (meaning.wait is not None) == (meaning.retry in by_the_clock), code


def test_each_code_tells_staff_what_to_do_next_in_plain_words() -> None:
    for code in [*_MEANINGS, None]:
        advice = advice_for(code)
        assert re.search(r"[Cc]all|e-mail|We (try|send)", advice), code
        assert not re.search(r"\d|[Ee]rror|fault|invalid|carrier|handset", advice), code
        assert advice.endswith(".")
        assert len(advice) <= 120


def test_the_scope_follows_the_class() -> None:
    assert scope_of(20003) is Scope.ACCOUNT
    assert scope_of(21614) is Scope.NUMBER
    assert scope_of(21610) is Scope.OPTED_OUT
    assert scope_of(21617) is Scope.MESSAGE
    assert scope_of(None) is Scope.MESSAGE
