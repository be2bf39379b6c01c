"""What each kind of visitor sees anywhere equals the policy: nothing more, and nothing less."""

from collections import Counter

from sqlalchemy import ARRAY, JSON, Date, LargeBinary, Numeric, String

from clinic.kernel.db import Base
from clinic.web.frame.policy import policy_of
from tests.web.generated.canaries import NOBODY, Shown
from tests.web.generated.columns import COLUMNS
from tests.web.generated.conftest import World
from tests.web.generated.contents import MAY_GROW
from tests.web.generated.crawl import Answer
from tests.web.generated.field_policy import POLICY, Sees

_A_LIST = "patients.listed"
"""What a list leaves only where somebody stands in it."""
_KINDS = (String, Date, LargeBinary, JSON, ARRAY, Numeric)


def test_SEC_S3_each_role_sees_exactly_the_fields_of_the_policy(world: World, walked: list[Answer]):
    seen = {name: ({}, {}, {}) for name in world.visitors}
    for answer in walked:
        text, visitor = Shown(answer.everything), world.visitors[answer.who]
        for canary in world.canaries.seen_in(text):
            whose = 0 if canary.owner in visitor.owns else 2 if canary.owner == NOBODY else 1
            seen[answer.who][whose].setdefault(canary.label, answer.path)
    problems = [one for name in seen for one in _differences(name, seen[name], POLICY[name])]
    assert not problems, "\n".join(problems)


def test_no_page_fails_whoever_asks_for_whatever(walked: list[Answer]):
    failed = [(one.who, one.path, one.status) for one in walked if one.status >= 500]
    assert not failed, "\n".join(map(str, failed))


def test_SEC_S13_reading_whatever_as_whoever_writes_nothing_but_who_read(world: World, walked: list[Answer]):
    """By the statements that were sent, and by what stood in the tables afterwards."""
    assert world.written_by_reading <= MAY_GROW | {"staff_session", "link_session", "patient_session"}
    assert world.changed_by_reading <= {"staff_session", "link_session", "patient_session"}


def test_SEC_S8_each_page_about_something_that_a_member_of_staff_saw_left_a_row(world: World, walked: list[Answer]):
    about = {rule.endpoint for rule in world.app.url_map.iter_rules() if rule.arguments}
    shown = Counter(
        (answer.who, policy.audit)
        for answer in walked
        if answer.status == 200
        and answer.who in world.town.staff
        and answer.endpoint in about
        and (policy := policy_of(world.app, answer.endpoint))
        and policy.audit not in {None, _A_LIST}
    )
    assert sum(shown.values()) > 100
    assert shown - world.read == Counter()


def _differences(name: str, seen: tuple[dict[str, str], ...], allowed: Sees) -> list[str]:
    found = []
    sides = zip(
        ("their own", "others'", "the clinic's"), seen, (allowed.own, allowed.others, allowed.clinics), strict=True
    )
    for whose, have, may in sides:
        found += [f"{name} sees {whose} {label} on {have[label]}" for label in sorted(set(have) - may)]
        found += [f"{name} no longer sees {whose} {label}" for label in sorted(may - set(have))]
    return found


def test_SEC_S3_every_column_of_words_days_or_bytes_is_watched_or_declared_plain():
    undecided = {}
    for table in Base.metadata.tables.values():
        columns = {one.name for one in table.columns if isinstance(one.type, _KINDS)}
        decided = COLUMNS[table.name].every() if table.name in COLUMNS else set()
        if columns != decided:
            undecided[table.name] = sorted(columns ^ decided)
    assert undecided == {}, "decide in columns.py what these hold, and in field_policy.py who may see it"


def test_SEC_S3_every_watched_column_has_a_canary_in_the_town(world: World):
    watched = {f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns.watched.split()}
    assert watched - {one.label for one in world.canaries} == set()


def test_SEC_S3_the_policy_speaks_of_watched_fields_and_of_everybody(world: World):
    assert set(POLICY) == set(world.visitors)
    named = {label for sees in POLICY.values() for label in sees.own | sees.others | sees.clinics}
    assert named - {one.label for one in world.canaries} == set()
