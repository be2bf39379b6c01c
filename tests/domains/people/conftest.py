"""A short way to add the sample patient with changes."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.people import actions
from clinic.people.models import Patient
from clinic.people.rules import ConsentGiven
from tests.domains.people.samples import DANA


@pytest.fixture
def add(session: Session, coordinator: Actor, now: datetime) -> Callable[..., Patient]:
    def make(consent: ConsentGiven | None = None, confirmed: Collection[UUID] = (), **changes: Any) -> Patient:
        return actions.add_patient(
            session,
            new=replace(DANA, **changes),
            consent=consent,
            by=coordinator,
            now=now,
            confirmed_not_duplicate_of=confirmed,
        )

    return make
