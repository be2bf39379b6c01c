"""Composition root: the only place where settings, store, providers, domains and pages meet."""

import logging
import sys
import time
from collections.abc import Callable

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

import clinic.feeds
import clinic.web
import clinic.webhooks
from clinic.audit import actions as audit
from clinic.dashboards import operations, stopped_texts
from clinic.gateways.carriers import Carrier
from clinic.gateways.carriers.easypost import EasyPostCarrier
from clinic.gateways.carriers.manual import ManualCarrier
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.email import EmailGateway
from clinic.gateways.email.mailbox import Mailbox
from clinic.gateways.email.smtp import SmtpGateway, read_server
from clinic.gateways.payments import PaymentGateway
from clinic.gateways.payments.backstage import Backstage
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.gateways.pharmacies import PharmacyChannel
from clinic.gateways.pharmacies.manual import ManualPharmacy
from clinic.gateways.pharmacies.sandbox import SandboxPharmacy
from clinic.gateways.sms import SmsGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.twilio import TwilioGateway
from clinic.gateways.wake import waker
from clinic.kernel import logs
from clinic.kernel.actor import system
from clinic.kernel.clock import Clock, utc_now
from clinic.kernel.known_answer import WrongKeys, require_right_keys
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner, Waker
from clinic.messaging.errors import BrokenPlans
from clinic.messaging.rules.plan_data import all_plans
from clinic.monitoring.errors import BrokenInstrument
from clinic.monitoring.rules.registry import require_whole
from clinic.runtime import Charging, ClinicFacts, Mailing, Runtime, SigningIn, Supplying, Texting
from clinic.settings import Environment, Misconfigured, OptOutReplies, Settings, load
from clinic.store import database_refusals, db, open_store
from clinic.web.frame.addresses import Address
from clinic.web.frame.context import warn_with

SIGNED_WEBHOOKS = {
    "webhooks.twilio_status": "twilio",
    "webhooks.twilio_inbound": "twilio",
    "carrier_webhooks.parcel_report": "easypost",
    "payment_webhooks.payment_event": "stripe",
}
TOKEN_FEEDS = {
    "feeds.physician_feed": "the long random token in the address is the key, and it shows only busy times",
    "monitoring.metrics": "the bearer token of the settings is the key, and it shows counts and ages of nobody",
}
_FEED_LIMIT = "30 per minute"
_MAIL_TAKES = 2  # times as long as one call to the provider of texts: hello, encryption, sign-in, the mail
_CONNECT_SECONDS = 3.0
_BANK_SECONDS = 20.0  # a bank takes its time, and what it does after we hang up has to be looked up
_SECONDS_FOR_THE_DATABASE = 30.0  # less than gunicorn waits for a worker that starts
_PAUSE_SECONDS = 1.0
_CANNOT_BOOT = 3  # gunicorn ends itself when a worker ends with this, and its supervisor starts it again
_WATCHER = system("Watch")

_logger = logging.getLogger(__name__)


class DatabaseNotFit(Exception):
    """The database or its role is not what production may run on; the message is one line."""


class DatabaseAway(Exception):
    """The database did not answer for as long as a start may take."""


def from_environment() -> Flask:
    """Return the application for a web server, or end this process with one line that says why not.

    No connection is left open: the server forks its workers from here.
    """
    try:
        app = opened()
    except (Misconfigured, DatabaseNotFit, DatabaseAway, WrongKeys, BrokenPlans, BrokenInstrument) as refusal:
        sys.stderr.write(f"The clinic cannot start: {refusal}\n")
        raise SystemExit(_CANNOT_BOOT) from None
    with app.app_context():
        db.engine.dispose()
    return app


def opened() -> Flask:
    """Return the application that the environment describes, or raise why it must not start."""
    settings = load()
    logs.configure(settings.log_level)
    app = create_app(settings)
    found = when_open(lambda: _database_refusals(app, settings))
    if found:
        raise DatabaseNotFit("; ".join(found))
    return app


def when_open(
    look: Callable[[], list[str]],
    *,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Return what the look finds once the database answers; `DatabaseAway` when it stays away.

    Raises `DatabaseNotFit` when it has no tables.
    """
    until, has_said = monotonic() + _SECONDS_FOR_THE_DATABASE, False
    while True:
        try:
            return look()
        except ProgrammingError:
            raise DatabaseNotFit("the database has no tables yet, or not all; run `clinic migrate`") from None
        except OperationalError:
            if monotonic() >= until:
                raise DatabaseAway("the database cannot be reached; start it, or correct DATABASE_URL") from None
        if not has_said:
            _logger.warning("waiting for the database")
            has_said = True
        sleep(_PAUSE_SECONDS)


def _database_refusals(app: Flask, settings: Settings) -> list[str]:
    """Return why production may not run on this database; raises WrongKeys when it was written with other keys."""
    runtime: Runtime = app.extensions["clinic"]
    sessions: sessionmaker[Session] = app.extensions["clinic.sessions"]
    with sessions.begin() as session:
        require_right_keys(session, settings.encryption_ring, now=runtime.clock())
        return database_refusals(session) if settings.is_production else []


def create_app(
    settings: Settings,
    *,
    sessions: sessionmaker[Session] | None = None,
    clock: Clock = utc_now,
    gateway: SmsGateway | None = None,
    wake: Waker | None = None,
) -> Flask:
    """Return the web application; tests pass their own sessions, clock, gateway and waker."""
    use_ring(settings.encryption_ring)
    app = Flask("clinic", template_folder=None, static_folder=None)
    app.url_rule_class = Address
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.environment is Environment.TEST,
    )
    factory = sessions or open_store(app, url=settings.database_url)
    begin = Beginner(factory, audit.write, wake or waker(settings.redis_url))
    app.extensions["clinic.sessions"] = factory
    app.extensions["clinic"] = runtime_of(settings, begin=begin, clock=clock, gateway=gateway or _gateway(settings))
    clinic.webhooks.register(app)
    clinic.feeds.register(app)
    warn_with(app, lambda: _warnings(app.extensions["clinic"]))
    clinic.web.register(
        app,
        hosts=settings.hosts,
        proxy_count=settings.proxy_count,
        signed_webhooks=SIGNED_WEBHOOKS,
        open_feeds=TOKEN_FEEDS,
    )
    _limit_volume(app, settings)
    return app


def runtime_of(settings: Settings, *, begin: Beginner, clock: Clock, gateway: SmsGateway | None) -> Runtime:
    """Return what interfaces and jobs are handed; raises BrokenPlans or BrokenInstrument when their data is wrong."""
    all_plans()
    require_whole()
    return Runtime(
        begin=begin,
        clock=clock,
        clinic=ClinicFacts(
            name=settings.clinic_name,
            phone=settings.clinic_phone,
            email=settings.clinic_email,
            zone=settings.clinic_zone,
            public_base_url=settings.public_base_url,
        ),
        link_ring=settings.link_ring,
        signing_in=SigningIn(
            memory_kib=settings.password_memory_kib,
            time_cost=settings.password_time_cost,
            may_skip_second_factor=settings.demo_skip_second_factor,
        ),
        texting=Texting(
            gateway=gateway,
            webhook_tokens=settings.twilio_auth_tokens,
            has_own_opt_out_replies=settings.sms_opt_out_replies is OptOutReplies.OURS,
            segments_per_second=settings.messages_per_second,
            lease_seconds=settings.sending_lease_seconds,
            grace_seconds=settings.sending_grace_seconds,
            call_seconds=settings.sending_timeout_seconds + _CONNECT_SECONDS,
        ),
        simulator=_simulator(settings),
        is_demo=settings.environment is Environment.DEMO,
        is_production=settings.is_production,
        metrics_token=settings.metrics_token,
        mailing=Mailing(gateway=_mail_server(settings), call_seconds=_MAIL_TAKES * settings.sending_timeout_seconds),
        mailbox=_mailbox(settings),
        supplying=_supplying(settings, clock),
        charging=_charging(settings, clock),
    )


def _supplying(settings: Settings, clock: Clock) -> Supplying:
    """Return who follows parcels and tells pharmacies; pretence is there in the demo and in tests only."""
    carriers: list[Carrier] = [ManualCarrier()]
    pharmacies: list[PharmacyChannel] = [ManualPharmacy()]
    if settings.easypost_api_key:
        carriers.append(
            EasyPostCarrier(
                api_key=settings.easypost_api_key,
                base_url=settings.easypost_base_url,
                connect_seconds=_CONNECT_SECONDS,
                read_seconds=settings.sending_timeout_seconds,
            )
        )
    if not settings.is_production:
        carriers.append(SandboxCarrier(clock))
        pharmacies.append(SandboxPharmacy())
    return Supplying(
        carrier_channel=settings.carrier_channel,
        carriers={each.channel: each for each in carriers},
        pharmacies={each.channel: each for each in pharmacies},
        webhook_secrets=settings.carrier_secrets,
    )


def _charging(settings: Settings, clock: Clock) -> Charging:
    """Return who moves money: Stripe where a key is set, else the pretense of the demo and of tests, else nobody."""
    gateways: list[PaymentGateway] = []
    if settings.stripe_api_key:
        # The client takes as long to load as half of the clinic, and memory, so only who takes cards pays for it.
        from clinic.gateways.payments.stripe import StripeGateway  # noqa: PLC0415

        gateways.append(
            StripeGateway(
                api_key=settings.stripe_api_key,
                base_url=settings.stripe_base_url,
                connect_seconds=_CONNECT_SECONDS,
                read_seconds=_BANK_SECONDS,
            )
        )
    if not settings.is_production:
        gateways.append(SandboxGateway(Bank(clock)))
    return Charging(
        name=gateways[0].name if gateways else "",
        gateways={each.name: each for each in gateways},
        webhook_secrets=settings.payment_secrets,
        backstage=_backstage(settings),
    )


def _backstage(settings: Settings) -> Backstage | None:
    """Return the client of the stand-in's backstage; with a real gateway there is none."""
    if not (settings.stripe_base_url and settings.stripe_api_key):
        return None
    return Backstage(settings.stripe_base_url, settings.stripe_api_key)


def _mail_server(settings: Settings) -> EmailGateway | None:
    if settings.smtp_url is None:
        return None
    return SmtpGateway(
        read_server(settings.smtp_url),
        sender=settings.sender,
        sender_name=settings.clinic_name,
        seconds=_MAIL_TAKES * settings.sending_timeout_seconds,
    )


def _mailbox(settings: Settings) -> Mailbox | None:
    """Return the client of the stand-in's received mail; with a real mail server there is none."""
    if settings.smtp_url is None or settings.mail_stand_in_url is None:
        return None
    server = read_server(settings.smtp_url)
    return Mailbox(settings.mail_stand_in_url, server.user or "", server.password or "")


def _gateway(settings: Settings) -> SmsGateway | None:
    sid, token, service = (
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_messaging_service_sid,
    )
    if sid is None or token is None or service is None:
        return None
    return TwilioGateway(
        account_sid=sid,
        auth_token=token,
        messaging_service_sid=service,
        base_url=settings.twilio_base_url,
        connect_seconds=_CONNECT_SECONDS,
        read_seconds=settings.sending_timeout_seconds,
    )


def _simulator(settings: Settings) -> Simulator | None:
    """Return the client of the stand-in's phones; with a real provider there are none."""
    if not (settings.twilio_base_url and settings.twilio_account_sid and settings.twilio_auth_token):
        return None
    return Simulator(settings.twilio_base_url, settings.twilio_account_sid, settings.twilio_auth_token)


def _warnings(runtime: Runtime) -> list[str]:
    """Return what staff must read on every page."""
    with runtime.begin(by=_WATCHER) as session:
        now = runtime.clock()
        return [
            *stopped_texts.stop_notice(session, now=now, zone=runtime.clinic.zone),
            *operations.warnings(session, now=now),
        ]


def _limit_volume(app: Flask, settings: Settings) -> None:
    """Limit requests by address; guesses of secrets are counted in PostgreSQL, not here."""
    limit = f"{settings.requests_per_minute} per minute"
    limiter = Limiter(
        get_remote_address,
        app=app,
        default_limits=[limit],
        storage_uri=settings.redis_url if settings.environment is not Environment.TEST else "memory://",
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback=[limit],
        in_memory_fallback_enabled=True,
        headers_enabled=False,
    )
    limiter.limit(_FEED_LIMIT)(clinic.feeds.blueprint)
