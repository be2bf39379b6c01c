"""The stand-in's SMTP side, on aiosmtpd, with a way to go wrong at every step."""

import hmac
import logging
import ssl
from asyncio import Server, WriteTransport
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from clinic.gateways.email.stand_in.store import Fault, Store

LOOPBACK = "127.0.0.1"

_AT_RECIPIENT = frozenset({Fault.REJECT, Fault.TEMPFAIL, Fault.DROP_BEFORE})
_AT_DATA = frozenset({Fault.DROP_AFTER, Fault.DROP_LOST, Fault.REFUSE_DATA})


class Clerk:
    """Takes mail for everybody; the names of the methods are aiosmtpd's."""

    def __init__(self, store: Store, *, is_open: bool) -> None:
        self._store = store
        self._is_open = is_open

    async def handle_MAIL(  # noqa: N802, PLR0917 - aiosmtpd's name and shape
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail from whoever signed in."""
        if not (self._is_open or session.authenticated):
            return "530 5.7.0 Sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and shape
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        fault = self._store.fault_for(address, _AT_RECIPIENT)
        if fault is Fault.REJECT:
            return "550 5.1.1 No such mailbox"
        if fault is Fault.TEMPFAIL:
            return "451 4.3.0 Try again later"
        if fault is Fault.DROP_BEFORE:
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, and answer unless the line is to be cut."""
        fault = self._store.fault_for(envelope.rcpt_tos[0], _AT_DATA)
        if fault is Fault.REFUSE_DATA:
            return "554 5.6.0 This mail is not taken"
        if fault is not Fault.DROP_LOST:
            assert isinstance(envelope.content, bytes)
            self._store.take(envelope.content)
        if fault is not None:
            _hang_up(server)
        return "250 2.0.0 Taken"


class Door(Controller):
    """Listens on loopback; port 0 takes a free one, which `port` then names."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = int(self.server.sockets[0].getsockname()[1])
        super()._trigger_server()  # type: ignore[no-untyped-call]


def controller(
    store: Store, *, port: int = 0, user: str = "", password: str = "", trust: ssl.SSLContext | None = None
) -> Door:
    """Return the server, not started; with a user only that one may send, with `trust` only after STARTTLS."""

    def let_in(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:  # noqa: ANN401
        is_right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            user.encode(),
            password.encode(),
        )
        return AuthResult(success=is_right, handled=is_right)

    # The package writes about its own older ways on every sign-in, and addresses at a lower level.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    return Door(
        Clerk(store, is_open=not user),
        hostname=LOOPBACK,
        port=port,
        ident="stand-in",
        server_hostname="stand-in.example",
        tls_context=trust,
        require_starttls=trust is not None,
        auth_require_tls=False,
        authenticator=let_in,
    )


def is_right_password(given: str | None, password: str) -> bool:
    """Compare two passwords in a time that tells nothing."""
    return hmac.compare_digest((given or "").encode(), password.encode())


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, WriteTransport)
    server.transport.abort()
