"""A clinic with one kind of visit, and visits whose texts really leave: the texting desk with the visits' own guard."""

import pytest

from clinic.scheduling.sending import text_guard
from tests.domains.messaging.conftest import make_runtime, provider
from tests.domains.messaging.desk import Desk
from tests.domains.scheduling.calendar_makers import Clinic
from tests.domains.scheduling.texting import Texting

__all__ = ["make_runtime", "provider", "texting"]


class VisitDesk(Desk):
    """Judges texts as the product does, by the visit as it is."""

    @property
    def guards(self):
        return {"appointment": text_guard}


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    return made


@pytest.fixture
def ana(clinic):
    return clinic.patient()


@pytest.fixture
def okafor(clinic):
    return clinic.physician()


@pytest.fixture
def texting(make_runtime, begin, provider, clock):
    return Texting(VisitDesk(make_runtime(begin), provider, clock))


@pytest.fixture
def committed_texting(make_runtime, database, provider, clock):
    """The same with real commits, for workers and people who meet."""
    return Texting(VisitDesk(make_runtime(database.begin), provider, clock))
