"""Everything that an operator may set, checked at start; a message names the setting and never its value."""

from enum import StrEnum
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from clinic.gateways.email import is_address
from clinic.gateways.email.smtp import BadMailServer, read_server
from clinic.kernel.crypto import BadKeyRing, KeyRing

_SECRET_LENGTH = 32
_WEBHOOK_SECRET_LENGTH = 16
_INVENTED_DOMAINS = frozenset({"example.org", "example.com", "example.net"})
_STAND_INS = ("twilio_base_url", "easypost_base_url", "stripe_base_url", "mail_stand_in_url")
_TEST_KEYS = ("sk_test_", "rk_test_")
_CONNECT_SECONDS = 3.0  # the longest wait for a connection to the provider, beside the wait for its answer


class Environment(StrEnum):
    """Where this process runs; anything that is not said to be demo or test is production."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class OptOutReplies(StrEnum):
    """Who answers STOP and HELP: the provider's own service, or this product."""

    PROVIDER = "provider"
    OURS = "ours"


class CarrierChannel(StrEnum):
    """Who follows new parcels: a person, EasyPost, or the built-in pretence of the demo."""

    MANUAL = "manual"
    EASYPOST = "easypost"
    SANDBOX = "sandbox"


class Misconfigured(Exception):
    """A setting is missing or contradicts another; the message is one line."""


class Settings(BaseSettings):
    """Read from the environment: `CLINIC_` and the field's name, except `DATABASE_URL` and `REDIS_URL`.

    A default is safe in production and public; what cannot be both has none.
    """

    model_config = SettingsConfigDict(env_prefix="CLINIC_", frozen=True, extra="ignore")

    environment: Environment = Field(Environment.PRODUCTION, description="production, demo or test")
    database_url: str = Field(validation_alias="DATABASE_URL", description="PostgreSQL 15-18, the application's role")
    owner_database_url: str | None = Field(None, description="the owner's role, used by `clinic migrate` only")
    redis_url: str = Field(validation_alias="REDIS_URL", description="Redis 6+ or Valkey; may be flushed at any time")
    public_base_url: str = Field(description="address that patients and providers use, like https://clinic.example")
    secret_key: str = Field(description="at least 32 random characters; signs form tokens")
    encryption_keys: str = Field(description="id:base64 of 32 bytes, comma-separated; the first one writes")
    link_keys: str = Field(description="id:base64 of 32 bytes, comma-separated; the first one signs links")
    trusted_hosts: str = Field("", description="comma-separated host names; empty = the host of public_base_url")
    proxy_count: int = Field(0, ge=0, le=5, description="reverse proxies in front that set X-Forwarded-*")
    clinic_name: str = Field("Your Clinic", max_length=20, description="starts every text; 20 characters at most")
    clinic_phone: str = Field("+13055550100", description="E.164; shown as the number to call")
    clinic_zone: str = Field("America/New_York", description="IANA zone of the coordinators' day")
    clinic_email: str = Field("care@example.org", description="organizer of calendar invitations")
    twilio_account_sid: str | None = Field(None, description="AC and 32 hex digits")
    twilio_auth_token: str | None = Field(None, description="primary auth token")
    twilio_auth_token_secondary: str | None = Field(None, description="second token while rotating")
    twilio_messaging_service_sid: str | None = Field(None, description="MG and 32 hex digits")
    twilio_base_url: str | None = Field(None, description="stand-in provider's address; empty = the real one")
    smtp_url: str | None = Field(
        None,
        repr=False,
        description="mail server, smtp://user:password@host:587 or smtps://...; none = no e-mail leaves",
    )
    email_from: str | None = Field(None, description="sender of e-mails; none = CLINIC_CLINIC_EMAIL")
    mail_stand_in_url: str | None = Field(None, description="backstage of the stand-in mail server; demo only")
    carrier_channel: CarrierChannel = Field(
        CarrierChannel.MANUAL, description="who follows parcels: manual (staff), easypost, or sandbox (no production)"
    )
    easypost_api_key: str | None = Field(None, repr=False, description="EasyPost API key; needed for easypost")
    easypost_base_url: str | None = Field(None, description="stand-in's address ending in /v2; empty = the real one")
    easypost_webhook_secrets: str = Field(
        "", repr=False, description="comma-separated secrets of EasyPost's webhook, several while one is replaced"
    )
    stripe_api_key: str | None = Field(
        None, repr=False, description="Stripe secret or restricted key; none = no card can be asked for"
    )
    stripe_base_url: str | None = Field(None, description="stand-in's address; empty = the real one")
    stripe_webhook_secrets: str = Field(
        "", repr=False, description="comma-separated secrets of Stripe's webhook, several while one is replaced"
    )
    sms_opt_out_replies: OptOutReplies = Field(OptOutReplies.PROVIDER, description="provider or ours")
    messages_per_second: float = Field(10.0, gt=0, description="segments a second that the sender number may send")
    sending_lease_seconds: float = Field(60.0, ge=3, description="how long a worker may hold a text; tests shorten it")
    sending_timeout_seconds: float = Field(10.0, gt=0, description="longest wait for the provider's answer")
    sending_grace_seconds: float = Field(120.0, gt=0, description="wait before an unanswered text is looked up")
    demo_skip_second_factor: bool = Field(default=False, description="demo only: sign in with a password alone")
    password_memory_kib: int = Field(47_104, ge=8, description="argon2id memory; 46 MiB")
    password_time_cost: int = Field(1, ge=1, description="argon2id passes")
    requests_per_minute: int = Field(1200, ge=1, description="requests a minute from one address before 429")
    metrics_token: str | None = Field(None, description="bearer token of /metrics, 32 characters or more; none = 404")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("encryption_keys", "link_keys")
    @classmethod
    def _readable_ring(cls, value: str) -> str:
        try:
            KeyRing.parse(value)
        except BadKeyRing as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _psycopg(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        if scheme not in {"postgres", "postgresql", "postgresql+psycopg"} or not separator:
            raise ValueError("must start with postgresql://")
        return f"postgresql+psycopg://{rest}"

    @field_validator("public_base_url")
    @classmethod
    def _bare_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be like https://clinic.example, without a path")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _readable_server(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            read_server(value)
        except BadMailServer as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("email_from", "clinic_email")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        if value is not None and not (is_address(value) and value.isascii()):
            raise ValueError("must be one address, like care@clinic.example")
        return value

    @model_validator(mode="after")
    def _one_truth(self) -> Self:
        for refusal in refusals(self):
            raise ValueError(refusal)
        return self

    @property
    def is_production(self) -> bool:
        """Tell whether patients are real."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_https(self) -> bool:
        """Tell whether browsers reach this installation over TLS."""
        return self.public_base_url.startswith("https://")

    @cached_property
    def hosts(self) -> list[str]:
        """Return the host names that requests may name."""
        named = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        return named or [urlsplit(self.public_base_url).hostname or ""]

    @cached_property
    def encryption_ring(self) -> KeyRing:
        """Return the key ring of stored values."""
        return KeyRing.parse(self.encryption_keys)

    @cached_property
    def link_ring(self) -> KeyRing:
        """Return the key ring of links."""
        return KeyRing.parse(self.link_keys)

    @property
    def sender(self) -> str:
        """Return the address that e-mails come from."""
        return self.email_from or self.clinic_email

    @property
    def twilio_auth_tokens(self) -> tuple[str, ...]:
        """Return the tokens that a webhook's signature may be made with."""
        return tuple(token for token in (self.twilio_auth_token, self.twilio_auth_token_secondary) if token)

    @property
    def carrier_secrets(self) -> tuple[str, ...]:
        """Return the secrets that a carrier's report may be signed with."""
        return _listed(self.easypost_webhook_secrets)

    @property
    def payment_secrets(self) -> tuple[str, ...]:
        """Return the secrets that a webhook about money may be signed with."""
        return _listed(self.stripe_webhook_secrets)


def _listed(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def refusals(settings: Settings) -> list[str]:
    """Return why these settings may not start, one line each naming the setting and never its value."""
    found = _key_refusals(settings) + _provider_refusals(settings) + _sending_refusals(settings)
    found += _carrier_refusals(settings) + _payment_refusals(settings)
    if settings.is_production:
        found += _production_refusals(settings)
    return found


def _key_refusals(settings: Settings) -> list[str]:
    found = []
    if len(settings.secret_key) < _SECRET_LENGTH:
        found.append("CLINIC_SECRET_KEY must be at least 32 characters")
    elif len(set(settings.secret_key)) < _SECRET_LENGTH // 4:
        found.append("CLINIC_SECRET_KEY repeats itself; make a random one")
    if settings.metrics_token is not None and len(settings.metrics_token) < _SECRET_LENGTH:
        found.append("CLINIC_METRICS_TOKEN must be at least 32 characters")
    if {key for _, key in settings.encryption_ring.keys} & {key for _, key in settings.link_ring.keys}:
        found.append("CLINIC_ENCRYPTION_KEYS and CLINIC_LINK_KEYS must not share a key")
    return found


def _provider_refusals(settings: Settings) -> list[str]:
    given = (settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_messaging_service_sid)
    if any(given) and not all(given):
        return ["CLINIC_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _MESSAGING_SERVICE_SID go together"]
    return []


def _carrier_refusals(settings: Settings) -> list[str]:
    found = []
    if settings.carrier_channel is CarrierChannel.EASYPOST:
        if not settings.easypost_api_key:
            found.append("CLINIC_EASYPOST_API_KEY is needed while CLINIC_CARRIER_CHANNEL is easypost")
        if not settings.carrier_secrets:
            found.append("CLINIC_EASYPOST_WEBHOOK_SECRETS is needed while CLINIC_CARRIER_CHANNEL is easypost")
    if any(len(secret) < _WEBHOOK_SECRET_LENGTH for secret in settings.carrier_secrets):
        found.append(f"CLINIC_EASYPOST_WEBHOOK_SECRETS must be at least {_WEBHOOK_SECRET_LENGTH} characters each")
    return found


def _payment_refusals(settings: Settings) -> list[str]:
    found = []
    if settings.stripe_api_key and not settings.payment_secrets:
        found.append("CLINIC_STRIPE_WEBHOOK_SECRETS is needed while CLINIC_STRIPE_API_KEY is set")
    if any(len(secret) < _WEBHOOK_SECRET_LENGTH for secret in settings.payment_secrets):
        found.append(f"CLINIC_STRIPE_WEBHOOK_SECRETS must be at least {_WEBHOOK_SECRET_LENGTH} characters each")
    return found


def _sending_refusals(settings: Settings) -> list[str]:
    """A worker that cannot finish two calls within its lease would give texts back for ever instead of sending them."""
    if settings.sending_lease_seconds < 2 * (settings.sending_timeout_seconds + _CONNECT_SECONDS):
        return ["CLINIC_SENDING_LEASE_SECONDS must be at least twice (CLINIC_SENDING_TIMEOUT_SECONDS + 3)"]
    return []


def _production_refusals(settings: Settings) -> list[str]:
    found = []
    if settings.demo_skip_second_factor:
        found.append("CLINIC_DEMO_SKIP_SECOND_FACTOR is on, which production does not allow")
    if not settings.is_https:
        found.append("CLINIC_PUBLIC_BASE_URL must be https in production")
    found += [
        f"CLINIC_{name.upper()} names a stand-in, which production does not allow"
        for name in _STAND_INS
        if getattr(settings, name)
    ]
    if (settings.stripe_api_key or "").startswith(_TEST_KEYS):
        found.append("CLINIC_STRIPE_API_KEY is one of the test mode, which moves no money")
    if settings.carrier_channel is CarrierChannel.SANDBOX:
        found.append("CLINIC_CARRIER_CHANNEL is sandbox, which production does not allow")
    if settings.smtp_url and settings.sender.rpartition("@")[2].removeprefix("mail.") in _INVENTED_DOMAINS:
        found.append("CLINIC_EMAIL_FROM or CLINIC_CLINIC_EMAIL must be an address of yours, from which e-mail is sent")
    if settings.clinic_phone.startswith("+1") and settings.clinic_phone[5:10] == "55501":
        found.append("CLINIC_CLINIC_PHONE is an invented number")
    return found


def load() -> Settings:
    """Read the settings from the environment, or raise Misconfigured with one line."""
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured("; ".join(_line(problem) for problem in error.errors())) from None


def _line(problem: object) -> str:
    assert isinstance(problem, dict)
    place = ".".join(str(part) for part in problem["loc"])
    if not place:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = place if place.isupper() else f"CLINIC_{place.upper()}"
    said = "is not set" if problem["type"] == "missing" else str(problem["msg"]).removeprefix("Value error, ")
    return f"{name} {said}"


def as_table() -> str:
    """Return every setting as the page docs/settings.md, which a house test keeps true."""
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    head = "# Settings\n\nRead from the environment. A default is safe in production; what has none must be set.\n\n"
    return head + "| variable | default | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    variable = field.validation_alias if isinstance(field.validation_alias, str) else f"CLINIC_{name.upper()}"
    default = "must be set" if field.is_required() else _shown(field.default)
    return f"| `{variable}` | {default} | {field.description} |"


def _shown(default: object) -> str:
    return "none" if default in {None, ""} else f"`{str(default).lower() if isinstance(default, bool) else default}`"
