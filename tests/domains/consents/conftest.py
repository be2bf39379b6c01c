"""A clinic with forms, and a patient who signs."""

import pytest
from sqlalchemy.orm import Session

from tests.domains.consents.form_makers import Forms


@pytest.fixture
def forms(session: Session) -> Forms:
    return Forms(session)
