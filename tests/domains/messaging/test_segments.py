import pytest

from clinic.messaging.segments import Encoding, encoding_of, same_text, segments_of, smart_encoded

WINK = "\U0001f61c"


@pytest.mark.parametrize(
    ("body", "encoding", "segments"),
    [
        ("", Encoding.GSM7, 1),
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 306, Encoding.GSM7, 2),
        ("a" * 307, Encoding.GSM7, 3),
        ("{" + "1" * 158, Encoding.GSM7, 1),
        ("{" + "1" * 159, Encoding.GSM7, 2),
        ("€" * 80, Encoding.GSM7, 1),
        ("€" * 81, Encoding.GSM7, 2),
        ("€" * 152, Encoding.GSM7, 2),  # 76 to a segment: an escape never stands alone at the end
        ("€" * 153, Encoding.GSM7, 3),
        ("é" * 160, Encoding.GSM7, 1),
        ("ç" * 160, Encoding.UCS2, 3),
        ("Ç" * 160, Encoding.GSM7, 1),
        ("á" * 70, Encoding.UCS2, 1),
        ("á" * 71, Encoding.UCS2, 2),
        ("line\r\nline", Encoding.GSM7, 1),
        ("`", Encoding.UCS2, 1),
        (WINK + "2" * 68, Encoding.UCS2, 1),
        (WINK + "2" * 69, Encoding.UCS2, 2),
        ("\U0001f44d" * 35, Encoding.UCS2, 1),
        ("\U0001f44d" * 36, Encoding.UCS2, 2),
        ("\U0001f44d" * 66, Encoding.UCS2, 2),  # 33 to a segment: a pair is never split
        ("\U0001f44d" * 67, Encoding.UCS2, 3),
    ],
)
def test_a_text_is_cut_as_the_networks_cut_it(body: str, encoding: Encoding, segments: int) -> None:
    assert encoding_of(body) is encoding
    assert segments_of(body) == segments


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("“Hi” \u2013 it\u2019s…", '"Hi" - it\'s...'),
        ("a\u00a0b", "a b"),
        ("\uff34\uff25\uff38\uff34", "TEXT"),
        ("½ — `x`", "1/2 - 'x'"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("mañana é", "mañana é"),
        ("ç \U0001f44d", "ç \U0001f44d"),
    ],
)
def test_smart_encoding_writes_look_alikes_in_the_small_alphabet(typed: str, sent: str) -> None:
    assert smart_encoded(typed) == sent
    assert smart_encoded(sent) == sent


def test_one_curly_quote_costs_nothing_with_smart_encoding() -> None:
    typed = "\u2019" + "a" * 159
    assert segments_of(typed) == 3
    assert segments_of(smart_encoded(typed)) == 1


def test_two_bodies_are_one_text_whatever_the_provider_did_to_either() -> None:
    assert same_text("It\u2019s  set \u2013 see you", "It's set - see you ")
    assert not same_text("Your visit is at 10:00", "Your visit is at 10:30")
