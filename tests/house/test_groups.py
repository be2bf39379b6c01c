"""Tests that share something dear to make are run by one process, which xdist once left undone in silence."""

import pytest

from tests.conftest import GROUPS, ROOT, ByGroup


@pytest.mark.parametrize(("place", "group"), GROUPS.items())
def test_every_test_of_a_group_has_the_scope_of_the_group(place: str, group: str):
    assert (ROOT / place).exists()
    here = place if place.endswith(".py") else f"{place}test_anything.py"
    scopes = {ByGroup._split_scope(None, f"{here}::test_{number}[{number}@a]") for number in range(3)}  # noqa: SLF001 - xdist's own name
    assert scopes == {group}
    assert ByGroup._split_scope(None, "tests/house/test_code.py::test_one") != group  # noqa: SLF001 - xdist's own name
