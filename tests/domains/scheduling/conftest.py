"""Fixtures of visits whose texts really leave: the texting desk of the messaging tests with the visits' own guard."""

import pytest

from clinic.scheduling.sending import text_guard
from tests.domains.messaging.conftest import make_runtime, provider
from tests.domains.messaging.desk import Desk
from tests.domains.scheduling.texting import Texting

__all__ = ["make_runtime", "provider", "texting"]


class VisitDesk(Desk):
    """Judges texts as the product does, by the visit as it is."""

    @property
    def guards(self):
        return {"appointment": text_guard}


@pytest.fixture
def texting(make_runtime, begin, provider, clock):
    return Texting(VisitDesk(make_runtime(begin), provider, clock))


@pytest.fixture
def committed_texting(make_runtime, database, provider, clock):
    """The same with real commits, for workers and people who meet."""
    return Texting(VisitDesk(make_runtime(database.begin), provider, clock))
