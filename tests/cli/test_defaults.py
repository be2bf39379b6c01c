"""`clinic migrate` gives a new clinic what it plans with, once."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text

from clinic.cli.migrate import upgrade
from clinic.embedded import postgres
from clinic.kernel.ids import new_id

Ask = Callable[[str], object]


@pytest.fixture
def ask(server: postgres.Postgres) -> Iterator[Ask]:
    """Migrate an empty database as the owner, and ask it as the application."""
    name = f"t_{new_id().hex[:12]}"
    server.create_database(name)
    engine = create_engine(server.url(postgres.APP, name))

    def answer(question: str) -> object:
        upgrade(server.url(postgres.OWNER, name), role=postgres.APP)
        with engine.connect() as connection:
            return connection.scalar(text(question))

    yield answer
    engine.dispose()


def test_a_new_clinic_has_a_protocol_and_the_legal_bases_however_often_it_migrates(ask: Ask) -> None:
    for _ in range(2):
        assert ask("select count(*) from protocol") == 1
        assert ask("select count(*) from protocol_version") == 1
        assert ask("select count(*) from legal_basis") == 4


def test_the_history_says_where_they_came_from(ask: Ask) -> None:
    assert ask("select string_agg(distinct actor_name, ', ') from audit_event") == "clinic migrate"
    assert ask("select count(*) from audit_event where action = 'protocol.published'") == 1
    assert ask("select count(*) from audit_event where action = 'legal_basis.added'") == 4
