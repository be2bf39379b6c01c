"""A clinic in which a physician is out: two colleagues, a list, and what approving it does."""

import pytest

from tests.domains.replacement.out_makers import OutClinic


@pytest.fixture
def out_clinic(session):
    return OutClinic(session)
