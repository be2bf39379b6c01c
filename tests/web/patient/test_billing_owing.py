"""What an open invoice needs of its patient, in plain words of both languages."""

import pytest

from clinic.billing.rules.payments import DECLINES, UNKNOWN_DECLINE, PaymentState
from clinic.web.patient.billing.owing import Need, need_of, why_of

_S = PaymentState


@pytest.mark.parametrize(
    ("state", "code", "has_card", "is_same_card", "need"),
    [
        (None, None, False, False, Need.CARD),
        (None, None, True, False, Need.WAIT),
        (_S.PENDING, None, True, True, Need.WAIT),
        (_S.PROCESSING, None, False, False, Need.WAIT),
        (_S.REQUIRES_ACTION, None, True, True, Need.CONFIRM),
        (_S.FAILED, "insufficient_funds", True, True, Need.PAY),
        (_S.FAILED, "expired_card", True, True, Need.CARD),
        (_S.FAILED, "expired_card", True, False, Need.PAY),
        (_S.FAILED, "insufficient_funds", False, False, Need.CARD),
        (_S.FAILED, "a code of tomorrow", True, True, Need.PAY),
        (_S.CANCELED, None, True, True, Need.PAY),
    ],
)
def test_one_thing_helps_after_each_attempt(state, code, has_card, is_same_card, need):
    assert need_of(state, code, has_card=has_card, is_same_card=is_same_card) is need


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_decline_that_the_gateway_knows_is_told_and_none_tells_of_loss_or_fraud(language):
    told = {why_of(_S.FAILED, code, language=language) for code in [*DECLINES, "a code of tomorrow"]}
    assert None not in told
    telling = {"lost", "stolen", "fraud", "robada", "perdida", "fraude"}
    assert not [words for words in told if telling & set(words.split())]
    assert why_of(_S.FAILED, None, language=language) == getattr(UNKNOWN_DECLINE, language)
    assert why_of(_S.SUCCEEDED, None, language=language) is None
