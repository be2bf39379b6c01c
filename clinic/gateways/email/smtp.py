"""E-mail over SMTP (RFC 5321) through the standard library; a stand-in on loopback is spoken to in the same way."""

import re
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import unquote, urlsplit

from clinic.gateways.email import Accepted, Ambiguous, OutgoingEmail, Rejected, Scope, Unavailable
from clinic.gateways.email.composing import ascii_domain, composed

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_GO_AHEAD = range(354, 355)
_TAKEN = range(250, 251)
_CONFIRMED = range(200, 300)
_FOR_GOOD = range(500, 600)
_NOT_SIGNED_IN = frozenset({530, 534, 535, 538})
_FAREWELL = 1.0
_SHORTEST_WAIT = 0.05
_LEADING_DOT = re.compile(rb"(?m)^\.")


class BadMailServer(ValueError):
    """The address of a mail server cannot be read; the message says why and never shows the address."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over: `smtps` speaks TLS at once, `smtp` changes to it, except on this very machine."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_here(self) -> bool:
        """Tell whether nothing said to it leaves this machine."""
        return self.host in _LOOPBACK


def read_server(url: str) -> MailServer:
    """Read `smtp://user:password@host:587` or `smtps://...`; raises BadMailServer."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailServer("its port or host cannot be read") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadMailServer("must be like smtp://user:password@mail.example:587 or smtps://...")
    if (parts.username is None) != (parts.password is None):
        raise BadMailServer("names a user without a password, or a password without a user")
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MailServer(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)


class SmtpGateway:
    """The port over one connection for each mail; what is not sure to have failed is ambiguous."""

    def __init__(
        self,
        server: MailServer,
        *,
        sender: str,
        sender_name: str,
        seconds: float = 20.0,
        trust: ssl.SSLContext | None = None,
        must_encrypt: bool | None = None,
    ) -> None:
        """Keep where to send; one mail may take `seconds` in all. Without encryption nothing leaves this machine."""
        self._server = server
        self._sender = sender
        self._sender_name = sender_name
        self._seconds = seconds
        self._trust = trust
        self._must_encrypt = not server.is_here if must_encrypt is None else must_encrypt

    def send(self, email: OutgoingEmail) -> Accepted:
        """Hand over one mail; raises `Unavailable`, `Ambiguous` or `Rejected`."""
        if not email.to.rpartition("@")[0].isascii():
            raise Rejected(scope=Scope.ADDRESS, reason="not every mail server can write this address")
        _require_writable(email.to)
        content = composed(email, sender=self._sender, sender_name=self._sender_name).as_bytes()
        until = time.monotonic() + self._seconds
        with self._conversation() as smtp, _before_the_mail():
            self._introduce(smtp, until)
            _expect(_patient(smtp, until).mail(ascii_domain(self._sender)), scope=Scope.ACCOUNT)
            _expect(_patient(smtp, until).rcpt(ascii_domain(email.to)), scope=Scope.ADDRESS)
            _expect(_patient(smtp, until).docmd("DATA"), scope=Scope.MESSAGE, wanted=_GO_AHEAD)
            code = _hand_over(_patient(smtp, until), content)
        return Accepted(code)

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        smtp = self._connected()
        try:
            yield smtp
        finally:
            with suppress(OSError, smtplib.SMTPException):
                _patient(smtp, time.monotonic() + _FAREWELL).quit()
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        """Connect, and say hello as our own domain: asking the system for this machine's name may take long."""
        where, name = (self._server.host, self._server.port), ascii_domain(self._sender).rpartition("@")[2]
        try:
            if self._server.scheme == "smtps":
                return smtplib.SMTP_SSL(*where, name, timeout=self._seconds / 2, context=self._context())
            return smtplib.SMTP(*where, name, timeout=self._seconds / 2)
        except (OSError, smtplib.SMTPException) as failure:
            raise Unavailable(code=_code_of(failure), reason="no connection") from None

    def _introduce(self, smtp: smtplib.SMTP, until: float) -> None:
        """Say hello, encrypt and sign in; what the server lacks for that is a matter of settings."""
        _patient(smtp, until).ehlo_or_helo_if_needed()
        try:
            if self._must_encrypt and self._server.scheme == "smtp":
                _patient(smtp, until).starttls(context=self._context())
                _patient(smtp, until).ehlo_or_helo_if_needed()
            if self._server.user is not None:
                _patient(smtp, until).login(self._server.user, self._server.password or "")
        except smtplib.SMTPNotSupportedError:
            raise Rejected(scope=Scope.ACCOUNT, reason="no encryption or no signing in offered") from None

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


def _require_writable(address: str) -> None:
    """Refuse an address that looks right and of which still no header or no domain name can be made."""
    try:
        Address(addr_spec=ascii_domain(address))
    except (ValueError, MessageError):
        raise Rejected(scope=Scope.ADDRESS, reason="no header can carry this address") from None


def _patient(smtp: smtplib.SMTP, until: float) -> smtplib.SMTP:
    """Let the next step wait no longer than what is left of the whole."""
    if smtp.sock is not None:
        smtp.sock.settimeout(max(_SHORTEST_WAIT, until - time.monotonic()))
    return smtp


@contextmanager
def _before_the_mail() -> Iterator[None]:
    """Sort what goes wrong while the server cannot have the mail yet."""
    try:
        yield
    except smtplib.SMTPResponseException as reply:
        _expect((reply.smtp_code, b""), scope=Scope.ACCOUNT)
        raise Unavailable(code=reply.smtp_code, reason="an answer out of place") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable(reason="the connection ended before the mail") from None


def _hand_over(smtp: smtplib.SMTP, content: bytes) -> int:
    """Send the mail itself; from the first byte on, only the server's own answer says what became of it."""
    try:
        smtp.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
        code, _ = smtp.getreply()
    except (OSError, smtplib.SMTPException):
        raise Ambiguous(reason="no answer after the mail") from None
    _expect((code, b""), scope=Scope.MESSAGE, wanted=_TAKEN, otherwise=Ambiguous)
    return code


def _expect(
    reply: tuple[int, bytes],
    *,
    scope: Scope,
    wanted: range = _CONFIRMED,
    otherwise: type[Unavailable | Ambiguous] = Unavailable,
) -> None:
    """Raise what a reply other than the wanted one means; RFC 5321 4.2.1: 4xx try again, 5xx never."""
    code = reply[0]
    if code in wanted:
        return
    if code in _NOT_SIGNED_IN:
        raise Rejected(code=code, scope=Scope.ACCOUNT, reason="not signed in")
    if code in _FOR_GOOD:
        raise Rejected(code=code, scope=scope, reason="refused for good")
    if 400 <= code < 500:  # noqa: PLR2004 - the class of replies
        raise Unavailable(code=code, reason="refused for now")
    raise otherwise(code=code, reason="an answer out of place")


def _code_of(failure: Exception) -> int | None:
    return failure.smtp_code if isinstance(failure, smtplib.SMTPResponseException) else None
