"""The database behind the application: Flask-SQLAlchemy holds the engine and its settings, nothing else does."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from clinic.kernel.db import Base

# A plan made without the dates asked for reads the visits of every physician to find those of one.
_WEB_OPTIONS = (
    "-c statement_timeout=10000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
    " -c plan_cache_mode=force_custom_plan"
)

db = SQLAlchemy(metadata=Base.metadata)


def engine_options(pool_size: int) -> dict[str, object]:
    """Return the engine's settings: a small pool that says no after 3 s instead of hanging."""
    return {
        "pool_size": pool_size,
        "max_overflow": 2,
        "pool_timeout": 3,
        "pool_pre_ping": True,
        "pool_recycle": 600,
        # All the product's statements pass here, so that each is compiled once; the usual 500 forget each other.
        "query_cache_size": 2000,
        "hide_parameters": True,
        "connect_args": {"connect_timeout": 2, "options": _WEB_OPTIONS, "application_name": "clinic"},
    }


def open_store(app: Flask, *, url: str, pool_size: int = 8) -> sessionmaker[Session]:
    """Bind the application to its database and return the factory of sessions."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size)
    db.init_app(app)
    with app.app_context():
        return factory_on(db.engine)


def factory_on(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions that keep loaded values after the commit."""
    return sessionmaker(bind=engine, expire_on_commit=False)


def database_refusals(session: Session) -> list[str]:
    """Return why production may not run on this database and role, one line each."""
    role = session.execute(text(_ROLE)).one()
    found = []
    if role.is_superuser:
        found.append("DATABASE_URL signs in as a superuser; use the application's role")
    if role.owns_tables:
        found.append("DATABASE_URL signs in as the tables' owner; use the application's role")
    if role.may_rewrite_history:
        found.append("DATABASE_URL's role may change the audit trail; run `clinic migrate` as the owner again")
    if not role.is_encrypted and not role.is_local:
        found.append("DATABASE_URL does not use TLS; add sslmode=require")
    return found


_ROLE = """
select r.rolsuper as is_superuser,
       exists (select 1 from pg_class c where c.relname = 'audit_event' and c.relowner = r.oid) as owns_tables,
       has_table_privilege('audit_event', 'UPDATE') or has_table_privilege('audit_event', 'DELETE')
         as may_rewrite_history,
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as is_encrypted,
       inet_server_addr() is null or inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1' as is_local
from pg_roles r where r.rolname = current_user
"""
