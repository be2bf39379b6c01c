"""Checks of the database: version, roles, schema, constraints, clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, make_url, text
from sqlalchemy.schema import CheckConstraint, ForeignKeyConstraint, UniqueConstraint

import clinic.app  # noqa: F401  Imported for the tables of every domain.
from clinic.cli.checks.finding import Finding, Level, judge
from clinic.cli.migrate import newest
from clinic.kernel.db import Base
from clinic.settings import Settings

_OLDEST, _NEWEST = 15, 18
_MOST_SKEW = timedelta(seconds=2)


def check_database(connection: Connection, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield one line for each thing that the clinic expects of its database; `now` is this machine's clock."""
    yield _clock(connection, now)
    yield _version(connection)
    yield _role(connection, settings)
    schema = _schema(connection)
    yield schema
    if schema.level is Level.OK:
        yield _constraints(connection)


def _version(connection: Connection) -> Finding:
    number = int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000
    remedy = f"Use PostgreSQL {_OLDEST} to {_NEWEST}."
    is_known = _OLDEST <= number <= _NEWEST
    level = Level.FAIL if number < _OLDEST else Level.WARN
    return judge("database", f"PostgreSQL {number}", is_well=is_known, remedy=remedy, otherwise=level)


_ROLE = text(
    """
    select current_user as name, rolsuper as is_superuser,
      pg_has_role(current_user, datdba, 'usage') as is_owner
    from pg_roles, pg_database where rolname = current_user and datname = current_database()
    """
)


def _role(connection: Connection, settings: Settings) -> Finding:
    role = connection.execute(_ROLE).one()
    kind = "a superuser" if role.is_superuser else "the owner" if role.is_owner else "neither owner nor superuser"
    remedy = "Run the clinic as a role of its own in DATABASE_URL; CLINIC_OWNER_DATABASE_URL is for migrations."
    level = Level.FAIL if settings.is_production else Level.WARN
    is_well = not role.is_superuser and not role.is_owner
    return judge("roles", f"{role.name} is {kind}", is_well=is_well, remedy=remedy, otherwise=level)


def _schema(connection: Connection) -> Finding:
    exists = connection.execute(text("select to_regclass('alembic_version') is not null")).scalar_one()
    found = connection.execute(text("select version_num from alembic_version")).scalar() if exists else None
    said = f"at {found}" if found else "no tables yet"
    return judge("schema", said, is_well=found == newest(), remedy=f"Run `clinic migrate` (newest: {newest()}).")


def _constraints(connection: Connection) -> Finding:
    there = set(connection.execute(text("select conname from pg_constraint")).scalars())
    missing = sorted(_wanted_constraints() - there)
    said = f"missing: {', '.join(missing)}" if missing else f"all {len(_wanted_constraints())} present"
    remedy = "Restore them from the migrations: without them two visits may share one time."
    return judge("constraints", said, is_well=not missing, remedy=remedy)


def _wanted_constraints() -> set[str]:
    """Return the names of the constraints that the code relies on; those of keys are generated and left out."""
    named = (UniqueConstraint, CheckConstraint, ForeignKeyConstraint)
    constraints = [constraint for table in Base.metadata.tables.values() for constraint in table.constraints]
    relied_on = [c for c in constraints if isinstance(c, named) or type(c).__name__ == "ExcludeConstraint"]
    return {str(constraint.name) for constraint in relied_on if constraint.name}


def _clock(connection: Connection, now: datetime) -> Finding:
    there = connection.execute(text("select clock_timestamp()")).scalar_one()
    skew = abs(there.astimezone(UTC) - now)
    said = f"database and this machine differ by {skew.total_seconds():.1f} s"
    remedy = "Let both keep their time by NTP; reminders follow this machine's clock."
    return judge("clock", said, is_well=skew <= _MOST_SKEW, remedy=remedy, otherwise=Level.WARN)


def unreachable(settings: Settings, reason: str) -> Finding:
    """Return the line for a database that does not answer, naming host and port but never the password."""
    url = make_url(settings.database_url)
    remedy = "Start it, or correct DATABASE_URL."
    return Finding(Level.FAIL, "database", f"{url.host}:{url.port or 5432} does not answer ({reason})", remedy)
