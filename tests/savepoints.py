"""PostgreSQL for one long connection on which every test is taken back: savepoints are cheap, statements stay prepared.

Every transaction of the product is a savepoint inside a test's own transaction: a sixth of all statements of the
tests. They are said to the server directly, without a statement object, a cursor and a result. So is the end of a
test: psycopg drops what it has prepared at each rollback, and the server would read and plan everything anew.
"""

from psycopg import Connection as Driver
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_RUNS, _FAILED = TransactionStatus.INTRANS, TransactionStatus.INERROR
_STATEMENTS = 3000


class Dialect(PGDialect_psycopg):
    """Says itself what begins and ends a savepoint and what takes back, except where there is no transaction yet."""

    supports_statement_cache = True

    def do_savepoint(self, connection: Connection, name: str) -> None:
        if not _said(_driver(connection), f"SAVEPOINT {name}", _RUNS):
            super().do_savepoint(connection, name)

    def do_release_savepoint(self, connection: Connection, name: str) -> None:
        if not _said(_driver(connection), f"RELEASE SAVEPOINT {name}", _RUNS):
            super().do_release_savepoint(connection, name)

    def do_rollback_to_savepoint(self, connection: Connection, name: str) -> None:
        if not _said(_driver(connection), f"ROLLBACK TO SAVEPOINT {name}", _RUNS, _FAILED):
            super().do_rollback_to_savepoint(connection, name)

    def do_rollback(self, dbapi_connection: Driver) -> None:
        if not _said(getattr(dbapi_connection, "driver_connection", dbapi_connection), "ROLLBACK", _RUNS, _FAILED):
            super().do_rollback(dbapi_connection)


registry.register("postgresql.savepoints", __name__, "Dialect")


def engine_on(url: str) -> Engine:
    """Return an engine that keeps every statement of the product compiled and, from its second use on, prepared."""
    options = {"options": "-c timezone=UTC", "prepare_threshold": 1}
    engine = create_engine(
        url.replace("postgresql+psycopg", "postgresql+savepoints"), query_cache_size=2000, connect_args=options
    )
    event.listen(engine, "connect", _make_room)
    return engine


def _make_room(driver: Driver, _record: object) -> None:
    driver.prepared_max = _STATEMENTS


def _driver(connection: Connection) -> Driver:
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    return driver


def _said(driver: Driver, command: str, *states: TransactionStatus) -> bool:
    """Tell whether the server has done it; it is not asked in another state of the transaction."""
    with driver.lock:
        if driver.pgconn.transaction_status not in states:
            return False
        result = driver.pgconn.exec_(command.encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    return True
