"""What a running process has at hand: the transaction opener, the clock, the providers and the clinic's own facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clinic.gateways.carriers import Carrier
from clinic.gateways.email import EmailGateway
from clinic.gateways.email.mailbox import Mailbox
from clinic.gateways.payments import PaymentGateway
from clinic.gateways.payments.backstage import Backstage
from clinic.gateways.pharmacies import PharmacyChannel
from clinic.gateways.sms import SmsGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import Begin


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicFacts:
    """What texts and pages say about the clinic."""

    name: str
    phone: str
    email: str
    zone: str
    public_base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """How strict signing in is: argon2id memory in KiB, passes, and whether the demo may skip the second factor."""

    memory_kib: int
    time_cost: int
    may_skip_second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Texting:
    """How texts leave: the provider (None = not configured), who answers STOP, and the sender's segments a second.

    A worker holds a text for `lease_seconds`, which is several times `call_seconds`, the longest that one call to the
    provider may last. After an unclear answer it looks the text up `grace_seconds` later.
    """

    gateway: SmsGateway | None
    webhook_tokens: tuple[str, ...]
    has_own_opt_out_replies: bool
    segments_per_second: float
    lease_seconds: float = 60.0
    call_seconds: float = 13.0
    grace_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """How e-mail leaves: the mail server (None = no e-mail leaves), and the longest that one call may last."""

    gateway: EmailGateway | None = None
    call_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplying:
    """How parcels are followed and pharmacies told: adapters by the name of their channel, and who signs reports.

    `carrier_channel` is what new parcels are followed with.
    """

    carrier_channel: str = "manual"
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    pharmacies: Mapping[str, PharmacyChannel] = field(default_factory=dict)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """How money moves: adapters by the name that rows remember, and who signs webhooks.

    `name` is the gateway of new cards; blank where none is configured, so that no card can be asked for. `backstage` is
    the demo's way behind its stand-in.
    """

    name: str = ""
    gateways: Mapping[str, PaymentGateway] = field(default_factory=dict)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    backstage: Backstage | None = None

    @property
    def gateway(self) -> PaymentGateway | None:
        """Return the gateway of new cards."""
        return self.gateways.get(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that interfaces and jobs are handed; `app.extensions["clinic"]` in Flask.

    `metrics_token` is the key to the figures for monitoring; without one there are none to be had. `mailbox` is what
    the demo's stand-in mail server received.
    """

    begin: Begin
    clock: Clock
    clinic: ClinicFacts
    link_ring: KeyRing
    signing_in: SigningIn
    texting: Texting
    simulator: Simulator | None
    is_demo: bool
    is_production: bool
    metrics_token: str | None = field(default=None, repr=False)
    mailing: Mailing = field(default_factory=Mailing)
    mailbox: Mailbox | None = None
    supplying: Supplying = field(default_factory=Supplying)
    charging: Charging = field(default_factory=Charging)
