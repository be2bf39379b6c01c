import base64
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from clinic.cli import migrate as migrations
from clinic.cli.main import clinic
from clinic.embedded import postgres
from tests.conftest import Database

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database) -> Run:
    key = base64.b64encode
    environment = {
        "DATABASE_URL": database.app_url,
        "CLINIC_OWNER_DATABASE_URL": database.owner_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CLINIC_ENVIRONMENT": "test",
        "CLINIC_PUBLIC_BASE_URL": "http://localhost:8000",
        "CLINIC_SECRET_KEY": "test-only-secret-key-of-forty-characters",
        "CLINIC_ENCRYPTION_KEYS": "t1:" + key(b"encryption key of 32 bytes only!").decode(),
        "CLINIC_LINK_KEYS": "t1:" + key(b"link key, also of 32 bytes only!").decode(),
    }

    def invoke(*arguments: str, **changes: str) -> Result:
        return CliRunner().invoke(clinic, arguments, env=environment | changes)

    return invoke


def ask(url: str, question: str) -> object:
    engine = create_engine(url)
    with engine.connect() as connection:
        answer = connection.execute(text(question)).scalar()
    engine.dispose()
    return answer


def test_every_command_of_the_help_page_can_be_asked_for_help(run: Run) -> None:
    page = run("--help").output
    names = re.findall(r"^  (\w+)  +\w", page, re.MULTILINE)
    assert {"audit", "doctor", "migrate", "reset", "seed", "staff", "up"} <= set(names)
    assert {name: run(name, "--help").exit_code for name in names} == dict.fromkeys(names, 0)


def test_an_unknown_command_is_refused(run: Run) -> None:
    assert run("improve").exit_code == 2


def test_a_staff_member_is_invited_with_a_link_that_works_once(run: Run, database: Database) -> None:
    done = run("staff", "add", "--email", "Ada@example.org", "--name", "Ada Lind", "--role", "admin")
    assert done.exit_code == 0, done.output
    assert re.search(r"http://localhost:8000/\S+/[\w-]{40,}", done.output)
    assert ask(database.app_url, "select state from staff_account where email_key = 'ada@example.org'") == "invited"


def test_the_invitation_is_written_into_the_history_and_the_history_is_whole(run: Run) -> None:
    run("staff", "add", "--email", "ada@example.org", "--name", "Ada Lind", "--role", "admin", "--role", "physician")
    checked = run("audit", "verify")
    assert checked.exit_code == 0, checked.output
    assert checked.output.startswith("1 rows verified.")


def test_a_history_that_somebody_changed_is_named_at_its_row(run: Run, database: Database) -> None:
    for name in ("ada", "eve"):
        run("staff", "add", "--email", f"{name}@example.org", "--name", name.title(), "--role", "admin")
    rewrite(database, "update audit_event set actor_name = 'Somebody else' where seq = 2")
    checked = run("audit", "verify")
    assert checked.exit_code == 1
    assert "broken at number 2" in checked.output


def test_a_history_that_was_cut_off_is_seen_with_the_noted_head(run: Run, database: Database) -> None:
    run("staff", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "admin")
    noted = re.findall(r"\d+:[0-9a-f]{64}", run("audit", "verify").output)[0]
    assert run("audit", "verify", "--anchor", noted).exit_code == 0
    rewrite(database, "delete from audit_event")
    assert run("audit", "verify").exit_code == 0
    assert run("audit", "verify", "--anchor", noted).exit_code == 1


def test_an_anchor_that_is_none_is_explained(run: Run) -> None:
    refused = run("audit", "verify", "--anchor", "yesterday")
    assert refused.exit_code == 2
    assert "120:9f86d0" in refused.output


def rewrite(database: Database, statement: str) -> None:
    """Change the history as only somebody with the superuser's password could."""
    engine = create_engine(database.superuser_url)
    with engine.begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(text(statement))
    engine.dispose()


def test_migrating_twice_is_harmless_and_takes_any_form_of_the_address(run: Run, database: Database) -> None:
    plain = database.owner_url.replace("postgresql+psycopg", "postgres")
    for _ in range(2):
        done = run("migrate", CLINIC_OWNER_DATABASE_URL=plain)
        assert done.exit_code == 0, done.output
    assert ask(database.app_url, "select version_num from alembic_version") == migrations.newest()


def test_migrating_an_empty_database_gives_the_product_its_rights_and_no_more(
    run: Run, server: postgres.Postgres
) -> None:
    server.create_database("t_from_nothing")
    done = run(
        "migrate",
        DATABASE_URL=server.url(postgres.APP, "t_from_nothing"),
        CLINIC_OWNER_DATABASE_URL=server.url(postgres.OWNER, "t_from_nothing"),
    )
    assert done.exit_code == 0, done.output
    url = server.url(postgres.APP, "t_from_nothing")
    assert ask(url, "select has_table_privilege('audit_event', 'insert')") is True
    assert ask(url, "select has_table_privilege('audit_event', 'update')") is False


def test_a_missing_address_is_named(run: Run) -> None:
    refused = run("migrate", DATABASE_URL="", CLINIC_OWNER_DATABASE_URL="")
    assert refused.exit_code == 1
    assert str(refused.exception) == "DATABASE_URL is not set"


def test_only_the_local_demo_can_be_thrown_away(run: Run) -> None:
    refused = run("reset")
    assert refused.exit_code == 1
    assert "DATABASE_URL is set" in refused.output


def test_the_doctor_reads_the_environment_and_fails_without_one(run: Run) -> None:
    well = run("doctor")
    assert well.exit_code == 0, well.output
    assert re.search(r"OK +schema", well.output)
    ill = run("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert ill.exit_code == 1
    assert "127.0.0.1:1 does not answer" in ill.output
    bare = run("doctor", CLINIC_SECRET_KEY="short")
    assert bare.exit_code == 1
    assert "CLINIC_SECRET_KEY" in bare.output
    assert "short" not in bare.output.replace("shorter", "")
