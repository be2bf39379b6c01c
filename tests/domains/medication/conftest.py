"""A clinic that orders."""

import pytest
from sqlalchemy.orm import Session

from tests.domains.medication.medication_makers import OrderClinic


@pytest.fixture
def order_clinic(session: Session) -> OrderClinic:
    return OrderClinic(session)
