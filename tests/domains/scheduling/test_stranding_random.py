"""Random edits of a clinic with random visits: what was previewed is what happens and what a slow reading says."""

import pytest

from clinic.kernel.errors import DomainError
from clinic.scheduling import actions
from clinic.worklist.queries import open_items
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.scheduling.naive import naive
from tests.domains.scheduling.random_town import KINDS, Town


def tasks(session):
    found = open_items(session, roles=["coordinator"], limit=500)
    return {item.subject_id for item in found if item.kind == "stranded_visit"}


@pytest.mark.parametrize("seed", range(6))
def test_what_was_previewed_is_what_happens(session, seed):
    town = Town(session, seed)
    town.book(14)
    for _ in range(8):
        change, physician_id = town.edit()
        before, listed = town.stranded(), tasks(session)

        def make(session, change=change):
            return change(session, by=COORDINATOR, now=NOW)

        try:
            seen = actions.preview(session, make, physician_id=physician_id, now=NOW)
        except DomainError as refused:
            with pytest.raises(type(refused)), session.begin_nested():
                actions.apply(session, make, physician_id=physician_id, by=COORDINATOR, now=NOW)
            assert (town.stranded(), tasks(session)) == (before, listed)
            continue
        assert (town.stranded(), tasks(session)) == (before, listed)
        done = actions.apply(session, make, physician_id=physician_id, by=COORDINATOR, now=NOW, seen=seen.ids)

        after = town.stranded()
        assert seen.ids == done.ids == after - before
        assert {row.id for row in done.covered_again} == before - after
        assert tasks(session) == (listed | done.ids) - (before - after) == after
        town.book(2)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_exactly_the_legal_times_are_offered(session, seed):
    town = Town(session, 100 + seed)
    for _ in range(4):
        town.book(5)
        change, _ = town.edit()
        try:
            with session.begin_nested():
                town.run(change)
        except DomainError:
            continue
    patient = town.chance.choice(town.patients)
    for kind in KINDS:
        found = town.find(kind, patient)
        asked = town.question(kind, patient)
        expected = set()
        for physician in town.physicians:
            answers = naive(asked, town.calendar(physician, kind, patient))
            expected |= {(physician.id, start) for start, answer in answers.items() if answer is None}
        assert {(slot.physician_id, int(slot.starts_at.timestamp())) for slot in found.slots} == expected
