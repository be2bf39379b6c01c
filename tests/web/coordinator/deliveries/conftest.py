"""A clinic that orders, one patient with an order, and a coordinator at a browser."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from clinic.medication.models import Fill, Prescription, Shipment
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_packed_fill, a_parcel, a_released_fill, an_order
from tests.web.html import Browser


@dataclass
class Supply:
    """The clinic, an active order of one patient, and the coordinator's browser."""

    made: OrderClinic
    order: Prescription
    desk: Browser

    @property
    def session(self) -> Session:
        return self.made.session

    def released(self) -> Fill:
        return self._kept(a_released_fill(self.made, self.order))

    def packed(self) -> Fill:
        return self._kept(a_packed_fill(self.made, self.order))

    def parcel(self) -> Shipment:
        found = a_parcel(self.made, self.order)
        self.session.commit()
        return found

    def _kept(self, fill: Fill) -> Fill:
        self.session.commit()
        return fill


@pytest.fixture
def supply(session: Session, desk: Browser) -> Supply:
    made = OrderClinic(session)
    order = an_order(made)
    session.commit()
    return Supply(made, order, desk)
