"""The pure decisions of access, as tables."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from clinic.access.errors import BadEmail, Busy, NoRole, WeakPassword
from clinic.access.rules import is_touch_due
from clinic.access.rules.accounts import email_key, usable_email, usable_roles
from clinic.access.rules.hashing import AT_ONCE, Argon2Hasher, hasher_of
from clinic.access.rules.passwords import good_password, is_checkable
from clinic.access.rules.recovery import new_codes, plain_symbols, read_code
from clinic.access.rules.sessions import NextStep, next_step
from clinic.access.rules.throttles import (
    CODE_LIMITS,
    Limit,
    account_key,
    free_after,
    free_within,
    growing_wait,
    network_of,
)
from clinic.access.rules.totp import accepted_counter, code_at, counter_at, in_groups, new_seed, setup_uri
from clinic.kernel.actor import Role
from clinic.runtime import SigningIn

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RFC_SEED = base64.b32encode(b"12345678901234567890").decode()


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (16, 900), (1000, 900)],
)
def test_the_wait_grows_from_one_second_to_fifteen_minutes_and_never_beyond(failures: int, seconds: int):
    assert growing_wait(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "last_at", "free_at"),
    [
        (0, None, None),
        (4, NOON, None),
        (5, NOON, NOON + timedelta(seconds=1)),
        (5, ago(seconds=1), None),
        (6, ago(seconds=1), NOON + timedelta(seconds=1)),
        (100, ago(minutes=14, seconds=59), NOON + timedelta(seconds=1)),
        (100, ago(minutes=15), None),
    ],
)
def test_the_next_password_is_heard_once_the_wait_is_over(
    failures: int, last_at: datetime | None, free_at: datetime | None
):
    assert free_after(failures, last_at, NOON) == free_at


@pytest.mark.parametrize(
    ("failed_at", "free_at"),
    [
        ([], None),
        ([NOON] * 4, None),
        ([NOON] * 5, NOON + timedelta(minutes=5)),
        ([ago(minutes=5)] * 5, None),
        ([ago(minutes=4, seconds=59)] * 5, NOON + timedelta(seconds=1)),
        ([ago(minutes=4)] * 1 + [NOON] * 4, NOON + timedelta(minutes=1)),
        ([ago(minutes=6 + n) for n in range(19)], None),
        ([ago(minutes=6 + n) for n in range(20)], NOON + timedelta(minutes=35)),
        ([ago(minutes=61 + n) for n in range(49)], None),
        ([ago(minutes=61 + n) for n in range(50)], NOON + timedelta(hours=24, minutes=-110)),
        ([ago(hours=24)] * 50, None),
    ],
)
def test_codes_are_limited_to_five_in_five_minutes_twenty_an_hour_fifty_a_day(
    failed_at: list[datetime], free_at: datetime | None
):
    assert free_within(CODE_LIMITS, failed_at, NOON) == free_at


def test_a_limit_is_exact_at_its_count():
    limit = (Limit(10, timedelta(minutes=5)),)
    assert free_within(limit, [NOON] * 9, NOON) is None
    assert free_within(limit, [NOON] * 10, NOON) == NOON + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        (None, None),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("not an address", "not an address"),
    ],
)
def test_one_home_counts_as_one_address(ip: str | None, network: str | None):
    assert network_of(ip) == network


def test_guesses_are_counted_under_a_digest():
    assert "dana" not in account_key("dana@example.org")
    assert account_key("dana@example.org") != account_key("sam@example.org")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Dana@Example.ORG", "dana@example.org"),
        ("  dana@example.org ", "dana@example.org"),
        ("\uff44ana@example.org", "dana@example.org"),  # a full-width d
    ],
)
def test_addresses_compare_without_case_width_and_spaces(typed: str, key: str):
    assert email_key(typed) == key
    assert usable_email(typed)[1] == key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dana",
        "dana@",
        "@example.org",
        "dana@example",
        "d ana@example.org",
        "d\u0430na@example.org",
        "a" * 250 + "@example.org",
    ],
)
def test_an_address_that_is_none_or_only_looks_like_one_is_refused(typed: str):
    with pytest.raises(BadEmail, match="work e-mail address"):
        usable_email(typed)


def test_an_account_has_roles_in_one_order():
    assert usable_roles([Role.PHYSICIAN, Role.ADMIN, Role.ADMIN]) == ["admin", "physician"]
    with pytest.raises(NoRole):
        usable_roles([])


@pytest.mark.parametrize(
    "password",
    [
        "short words 14",
        "aaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "passwordpassword1",
        "correct horse battery staple",
        "clinicclinicclinic",
        "Demo Home Clinic 2026",
        "Dana Reyes Dana Reyes!",
    ],
)
def test_a_short_or_guessable_password_is_refused(password: str):
    with pytest.raises(WeakPassword) as refused:
        good_password(password, words=("Demo Home Clinic", "Dana Reyes", "dana@example.org"))
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "copper lantern violet tide",
        "sunny-harbor-umbrella",
        "Kß9 grüne Wälder träumen",
        "日本語の長いパスワードはどうですか",
    ],
)
def test_a_long_password_needs_no_special_characters(password: str):
    assert good_password(password, words=("Demo Home Clinic",)) == password


def test_passwords_are_cut_off_at_128_bytes_and_nowhere_before():
    wide = "ä" * 50 + "umbrella tide copper lantern"
    assert is_checkable(wide)
    assert good_password(wide) == wide
    assert is_checkable("x" * 128)
    assert not is_checkable("x" * 129)
    with pytest.raises(WeakPassword, match="too long"):
        good_password("umbrella tide copper " * 7)


def test_thirty_unusual_passwords_come_back_whole_and_in_one_normal_form():
    hasher = Argon2Hasher(memory_kib=8, time_cost=1)
    symbols = "aZ9 é\u0301ñ\U0001f511\u4e2d\u0639\u093f\"'\\%_$\u00df"
    for start in range(30):
        password = "".join(symbols[(start * 7 + step * 3) % len(symbols)] for step in range(20))
        assert hasher.matches(hasher.hash(password), password)
    assert hasher.matches(hasher.hash("cafe\u0301 at the corner"), "caf\u00e9 at the corner")
    assert not hasher.matches(hasher.hash("copper lantern"), "copper lanterN")
    assert not hasher.matches("not a hash", "copper lantern")


def test_the_shipped_hash_is_argon2id_with_46_mib_one_pass_and_one_lane():
    stored = hasher_of(SigningIn(memory_kib=47_104, time_cost=1, may_skip_second_factor=False)).hash("x")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")


def test_a_hash_of_other_parameters_is_stale():
    old, new = Argon2Hasher(memory_kib=8, time_cost=1), Argon2Hasher(memory_kib=16, time_cost=1)
    assert new.is_stale(old.hash("x"))
    assert not new.is_stale(new.hash("x"))


def test_a_process_has_one_hasher_for_its_settings():
    settings = SigningIn(memory_kib=8, time_cost=1, may_skip_second_factor=False)
    assert hasher_of(settings) is hasher_of(settings)


def test_the_third_hash_at_once_is_told_to_come_back():
    hasher = Argon2Hasher(memory_kib=8, time_cost=1, patience=0)
    turns = [hasher.seat() for _ in range(AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    with pytest.raises(Busy) as refused:
        hasher.hash("x")
    assert refused.value.retry_after > 0
    for turn in turns:
        turn.__exit__(None, None, None)
    assert hasher.hash("x")


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_rfc_6238(seconds: int, code: str):
    assert code_at(RFC_SEED, seconds // 30) == code


@pytest.mark.parametrize(
    ("offset", "last", "accepted"),
    [
        (0, None, True),
        (-1, None, True),
        (-2, None, False),
        (1, None, False),
        (0, 0, False),
        (0, -1, True),
        (-1, -1, False),
        (-1, -2, True),
    ],
)
def test_a_code_of_this_step_or_the_one_before_is_accepted_once(offset: int, last: int | None, *, accepted: bool):
    step = counter_at(NOON)
    found = accepted_counter(
        RFC_SEED, code_at(RFC_SEED, step + offset), now=NOON, last_counter=None if last is None else step + last
    )
    assert found == (step + offset if accepted else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_not_accepted(typed: str):
    assert accepted_counter(RFC_SEED, typed, now=NOON, last_counter=None) is None


def test_a_code_may_be_typed_with_spaces():
    code = code_at(RFC_SEED, counter_at(NOON))
    assert accepted_counter(RFC_SEED, f" {code[:3]} {code[3:]} ", now=NOON, last_counter=None)


def test_the_seed_is_160_bits_and_its_address_is_what_apps_read():
    seed = new_seed()
    assert len(base64.b32decode(seed)) == 20
    assert in_groups("ABCDEFGH2345") == "ABCD EFGH 2345"
    assert setup_uri("ABC", issuer="Demo Clinic", account="dana@example.org") == (
        "otpauth://totp/Demo%20Clinic:dana%40example.org?secret=ABC&issuer=Demo%20Clinic"
    )


def test_recovery_codes_say_their_place_and_forgive_how_they_are_typed():
    codes = new_codes()
    assert len(set(codes)) == 10
    for place, code in enumerate(codes):
        assert read_code(code) == (place, plain_symbols(code))
        assert read_code(f" {code.lower().replace('-', ' ')} ") == (place, plain_symbols(code))


@pytest.mark.parametrize("typed", ["", "2222", "0222-2222-2222", "Z222-2222-2222", "2222-2222-2222-2"])
def test_what_is_no_recovery_code_is_not_looked_up(typed: str):
    assert read_code(typed) is None


@pytest.mark.parametrize(
    ("has_factor", "may_skip", "step"),
    [
        (True, False, NextStep.GIVE_CODE),
        (True, True, NextStep.GIVE_CODE),
        (False, False, NextStep.SET_UP),
        (False, True, NextStep.DONE),
    ],
)
def test_only_a_demo_account_without_a_second_factor_skips_it(*, has_factor: bool, may_skip: bool, step: NextStep):
    assert next_step(has_second_factor=has_factor, may_skip=may_skip) is step


def test_last_seen_is_written_at_most_once_a_minute():
    assert not is_touch_due(ago(seconds=59), NOON)
    assert is_touch_due(ago(seconds=60), NOON)
