import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from clinic.embedded import children, keeping, postgres
from clinic.embedded.errors import AlreadyRunning, ServerNotStarted


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed")


@pytest.fixture
def running(directory: Path) -> Iterator[postgres.Postgres]:
    with postgres.running(directory, durable=False) as server:
        yield server


def ask(url: str, question: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)


def test_a_server_starts_in_a_directory_that_only_its_owner_may_enter(
    directory: Path, running: postgres.Postgres
) -> None:
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert ask(running.app_url, "select 1") == 1


def test_the_role_of_the_product_owns_nothing(running: postgres.Postgres) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(running.app_url, "create table mine ()")
    assert (
        ask(running.app_url, "select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = user")
        is False
    )


def test_the_owner_may_make_tables_and_extensions_without_being_superuser(running: postgres.Postgres) -> None:
    with psycopg.connect(running.owner_url.replace("+psycopg", "")) as connection:
        connection.execute("create extension btree_gist")
        connection.execute("create table hers ()")
        connection.rollback()
    assert ask(running.owner_url, "select rolsuper from pg_roles where rolname = user") is False


def test_the_server_checks_its_pages_speaks_utc_and_folds_accents(running: postgres.Postgres) -> None:
    assert ask(running.app_url, "show data_checksums") == "on"
    assert ask(running.app_url, "show timezone") == "UTC"
    assert ask(running.app_url, "show max_connections") == "100"
    assert ask(running.app_url, "select lower('ÉLAN')") == "élan"


def test_passwords_lie_in_a_file_that_only_we_may_read(directory: Path, running: postgres.Postgres) -> None:
    assert stat.S_IMODE((directory / "postgres.json").stat().st_mode) == 0o600
    assert len(set(running.passwords.values())) == 4
    assert not (directory / "postgres.password").exists()


def test_a_wrong_password_is_refused(running: postgres.Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(re.sub(r":[0-9a-f]{48}@", ":guessed@", running.app_url), "select 1")


def test_the_next_start_keeps_rows_port_and_passwords(directory: Path) -> None:
    with postgres.running(directory) as first:
        tell(first.owner_url, "create table if not exists kept as select 1")
    with postgres.running(directory) as second:
        assert ask(second.owner_url, "select count(*) from kept") == 1
        assert (second.port, second.passwords) == (first.port, first.passwords)
        assert ask(second.owner_url, "show fsync") == "on"


def test_a_database_is_copied_from_a_template(running: postgres.Postgres) -> None:
    running.create_database("mold")
    tell(running.url(postgres.OWNER, "mold"), "create table shape as select 1")
    running.create_database("copy", template="mold")
    assert ask(running.url(postgres.OWNER, "copy"), "select count(*) from shape") == 1


def test_a_second_server_for_the_same_directory_is_refused_with_its_port(
    directory: Path, running: postgres.Postgres
) -> None:
    with pytest.raises(AlreadyRunning, match=f"already running on port {running.port}"):
        postgres.start(directory, patience=0.2)


def test_a_pid_file_left_by_a_killed_server_does_not_matter(directory: Path) -> None:
    with postgres.running(directory, durable=False):
        pass
    (directory / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n0\n1\n")
    with postgres.running(directory, durable=False) as server:
        assert ask(server.app_url, "select 1") == 1


def test_files_of_another_version_are_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("14\n")
    keeping.keep(tmp_path / "postgres.json", {"postgres": "x"})
    with pytest.raises(ServerNotStarted, match=r"created by PostgreSQL 14 and 1. is installed"):
        postgres.start(tmp_path)


def test_lost_passwords_are_said_to_be_lost(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ServerNotStarted, match="with the passwords is gone"):
        postgres.start(tmp_path)


def test_a_server_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    child = children.start_logged(["/bin/sh", "-c", "echo no space; exit 3"], log, leash=children.Leash())
    with pytest.raises(ServerNotStarted, match=r"(?s)ended while starting \(status 3\).*no space"):
        children.wait_until(lambda: False, child=child, log=log)


def test_a_server_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    child = children.start_logged(["/bin/sleep", "60"], log, leash=children.Leash())
    with pytest.raises(ServerNotStarted, match="was not ready"):
        children.wait_until(lambda: False, child=child, log=log, seconds=0.1)
    assert child.poll() is not None


def test_a_child_that_does_not_listen_is_ended() -> None:
    deaf = children.start(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"])
    time.sleep(0.2)
    children.stop(deaf, children.signal.SIGTERM, seconds=0.3)
    assert deaf.poll() == -9
