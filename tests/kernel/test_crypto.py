import base64

import pytest

from clinic.kernel.crypto import BadKeyRing, KeyRing, UnreadableSecret, keyed_code, seal, unseal, url_text

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
PLACE = "patient|address_line_sealed|7"


def test_what_was_sealed_is_read_back_in_the_same_place_only():
    ring = KeyRing.parse(f"a:{OLD}")
    blob = seal(ring, "12 Palm Way", place=PLACE)
    assert unseal(ring, blob, place=PLACE) == "12 Palm Way"
    with pytest.raises(UnreadableSecret):
        unseal(ring, blob, place="patient|address_line_sealed|8")


def test_the_same_text_never_looks_the_same_twice():
    ring = KeyRing.parse(f"a:{OLD}")
    assert seal(ring, "x", place=PLACE) != seal(ring, "x", place=PLACE)


def test_a_new_key_writes_while_the_old_one_still_reads():
    old, both = KeyRing.parse(f"a:{OLD}"), KeyRing.parse(f"b:{NEW},a:{OLD}")
    assert unseal(both, seal(old, "x", place=PLACE), place=PLACE) == "x"
    with pytest.raises(UnreadableSecret):
        unseal(old, seal(both, "x", place=PLACE), place=PLACE)


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_any_changed_byte_is_noticed(position: int):
    ring = KeyRing.parse(f"a:{OLD}")
    blob = bytearray(seal(ring, "12 Palm Way", place=PLACE))
    blob[position % len(blob)] ^= 1
    with pytest.raises(UnreadableSecret):
        unseal(ring, bytes(blob), place=PLACE)


@pytest.mark.parametrize(
    "text", ["", "a", "a:!!!", "a:" + base64.b64encode(b"short").decode(), f"a:{OLD},a:{NEW}", f"a:{OLD},b:{OLD}"]
)
def test_a_bad_key_ring_is_refused_without_showing_a_key(text: str):
    with pytest.raises(BadKeyRing) as refused:
        KeyRing.parse(text)
    assert OLD not in str(refused.value)


def test_parts_of_a_code_cannot_run_together():
    key = b"k" * 32
    assert keyed_code(key, "ab", "c") != keyed_code(key, "a", "bc")
    assert len(url_text(keyed_code(key, "x"))) == 22
