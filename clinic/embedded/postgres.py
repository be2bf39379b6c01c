"""A PostgreSQL server of our own in a directory: created once, started as a child, stopped with us."""

import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from clinic.embedded import binaries, children, keeping, unprivileged
from clinic.embedded.errors import AlreadyRunning, ServerNotStarted
from clinic.embedded.unprivileged import Way

SUPERUSER, OWNER, APP, DATABASE = "postgres", "clinic_owner", "clinic_app", "clinic"
_BUILTIN_LOCALES_SINCE = 17
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True)
class Postgres:
    """A running server: its child process, its port and the passwords of its three roles."""

    child: children.Child
    port: int
    passwords: dict[str, str]

    @property
    def owner_url(self) -> str:
        """SQLAlchemy URL of the role that owns the tables: migrations only."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """SQLAlchemy URL of the role that the product runs as."""
        return self.url(APP)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of a role (`clinic_owner`, `clinic_app`, `postgres`) and a database."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@{keeping.LOOPBACK}:{self.port}/{database}"

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """Return an autocommit connection as the superuser."""
        plain = self.url(SUPERUSER, database).replace("+psycopg", "")
        return psycopg.connect(plain, autocommit=True)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create a database owned by `clinic_owner`, replacing one of that name; a template's files are copied."""
        self.drop_database(name)
        with self.superuser() as connection:
            create = "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY"
            connection.execute(sql.SQL(create).format(*map(sql.Identifier, (name, OWNER, template))))

    def drop_database(self, name: str) -> None:
        """Remove a database with whoever is still in it, if there is one of that name."""
        with self.superuser() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self, *, seconds: float = 30) -> None:
        """Shut down fast: open transactions are rolled back, everything committed is on disk; kill it after a while."""
        children.stop(self.child, signal.SIGINT, seconds=seconds)


@contextlib.contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[Postgres]:
    """Serve from a directory while the block runs; `durable=False` trades crash safety for speed (tests only)."""
    server = start(directory, durable=durable)
    try:
        yield server
    finally:
        server.stop()


def start(directory: Path, *, durable: bool = True, patience: float = 15) -> Postgres:
    """Start the server that lives in `directory/postgres`, creating it the first time, and wait until it answers.

    Port and passwords are kept in `directory/postgres.json` (0600), the log in `directory/postgres.log`.
    `AlreadyRunning` when another one still serves the directory after `patience` seconds (one whose parent was
    killed is just shutting down); `ServerNotStarted` with the last log lines.
    """
    directory.mkdir(parents=True, exist_ok=True)
    directory = directory.resolve()
    programs, cluster = binaries.postgres_folder(), directory / "postgres"
    way = unprivileged.way_for(programs / "postgres", directory, death_signal=signal.SIGINT)
    _refuse_if_running(cluster / "postmaster.pid", patience)
    kept = _remember(directory / "postgres.json", is_new=not cluster.exists())
    if not cluster.exists():
        _create(cluster, way=way, programs=programs, password=kept[SUPERUSER])
    _make_ready(cluster, way=way, programs=programs)
    server = _serve(directory, way=way, programs=programs, durable=durable)
    _ensure_roles(server)
    return server


def wait_until_stopped(directory: Path, *, patience: float = 15) -> None:
    """Return when nobody serves a directory any more, as after a kill of its parent; `AlreadyRunning` if one stays."""
    _refuse_if_running(directory / "postgres" / "postmaster.pid", patience)


def _serve(directory: Path, *, way: Way, programs: Path, durable: bool) -> Postgres:
    """Launch on the remembered port; if somebody took it in this very moment, once more on another."""
    cluster, file = directory / "postgres", directory / "postgres.json"
    kept = keeping.remembered(file)
    try:
        child = _launch(cluster, way=way, programs=programs, port=int(kept["port"]), durable=durable)
    except ServerNotStarted:
        if keeping.free_port(int(kept["port"])) == int(kept["port"]):
            raise
        kept = _remember(file, is_new=False)
        child = _launch(cluster, way=way, programs=programs, port=int(kept["port"]), durable=durable)
    return Postgres(child, int(kept["port"]), kept)


def _remember(file: Path, *, is_new: bool) -> dict[str, str]:
    kept = {} if is_new else keeping.remembered(file)
    if not is_new and SUPERUSER not in kept:
        raise ServerNotStarted(f"{file} with the passwords is gone. Put it back, or `make demo-reset` to start over.")
    fresh = {role: keeping.new_password() for role in (SUPERUSER, OWNER, APP)}
    port = keeping.free_port(int(kept.get("port", 0)))
    kept = {**fresh, **kept, "port": str(port)}
    keeping.keep(file, kept)
    return kept


def _create(cluster: Path, *, way: Way, programs: Path, password: str) -> None:
    """Run `initdb` beside the final place and rename, so that an interrupted first start leaves no half cluster."""
    draft, password_file = cluster.with_name("postgres.draft"), cluster.with_name("postgres.password")
    _remove(draft)
    draft.mkdir(mode=0o700)
    keeping.keep(password_file, {})
    password_file.write_text(password)
    unprivileged.give(draft, way.owner)
    unprivileged.give(password_file, way.owner)
    try:
        status, said = way.run(_initdb(programs, draft, password_file))
    finally:
        password_file.unlink()
    if status != 0:
        raise ServerNotStarted(f"initdb could not create a database in {cluster}: {said.strip()}")
    draft.rename(cluster)


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True) if folder.exists() else []:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    if folder.exists():
        folder.rmdir()


def _initdb(programs: Path, draft: Path, password_file: Path) -> list[str | Path]:
    return [
        programs / "initdb",
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        *_locale(binaries.postgres_major(programs)),
    ]


def _locale(major: int) -> list[str]:
    """Unicode letters fold case (names have accents), and the machine's own locales do not matter."""
    if major >= _BUILTIN_LOCALES_SINCE:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _make_ready(cluster: Path, *, way: Way, programs: Path) -> None:
    """Refuse files of another major version, and see that the server can read its own."""
    created_by = int((cluster / "PG_VERSION").read_text().split(".")[0])
    installed = binaries.postgres_major(programs)
    if created_by != installed:
        raise ServerNotStarted(
            f"{cluster} was created by PostgreSQL {created_by} and {installed} is installed. "
            f"Install {created_by}, or `make demo-reset` to start over."
        )
    unprivileged.give(cluster, way.owner)


def _refuse_if_running(pid_file: Path, patience: float) -> None:
    """Wait for a server that is just shutting down; one that stays is somebody's."""
    until = time.monotonic() + patience
    while pid_file.exists():
        lines = pid_file.read_text().splitlines()
        if not lines or not _is_postgres(int(lines[0])):
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > until:
            port = lines[3] if len(lines) > 3 else "?"  # noqa: PLR2004  The format of postmaster.pid.
            raise AlreadyRunning(
                f"The database in {pid_file.parent} is already running on port {port} (process {lines[0]}): "
                "stop the other `make run` first, or set DATABASE_URL."
            )
        time.sleep(0.1)


def _is_postgres(pid: int) -> bool:
    """Tell whether the process is a PostgreSQL server, not a stranger that was given the number since."""
    if not children.is_alive(pid):
        return False
    command = Path(f"/proc/{pid}/cmdline")
    return b"postgres" in command.read_bytes() if command.exists() else True


def _launch(cluster: Path, *, way: Way, programs: Path, port: int, durable: bool) -> children.Child:
    settings = {
        "listen_addresses": keeping.LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "100",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **({} if durable else _FAST),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = cluster.with_name("postgres.log")
    argv: list[str | Path] = [*way.prefix, programs / "postgres", "-D", cluster, *options]
    child = children.start_logged(argv, log, leash=way.leash)
    children.wait_until(lambda: _says_ready(cluster / "postmaster.pid", port), child=child, log=log)
    return child


def _says_ready(pid_file: Path, port: int) -> bool:
    """Read the state that the server itself writes: line 4 is the port, line 8 the word `ready`."""
    try:
        lines = [line.strip() for line in pid_file.read_text().splitlines()]
    except FileNotFoundError:
        return False
    return lines[3:4] == [str(port)] and lines[7:8] == ["ready"]


def _ensure_roles(server: Postgres) -> None:
    """Create the two roles and the database if an earlier start did not come that far."""
    with server.superuser() as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in {OWNER, APP} - roles:
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(create.format(sql.Identifier(role), sql.Literal(server.passwords[role])))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
