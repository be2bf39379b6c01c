"""E-mail over real SMTP to a stand-in on loopback: what arrives, and what each way to go wrong means."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from icalendar import Calendar

from clinic.gateways.email import (
    Accepted,
    Ambiguous,
    CalendarPart,
    EmailFailure,
    Method,
    OutgoingEmail,
    Rejected,
    Scope,
    Unavailable,
    Unwritable,
)
from clinic.gateways.email.composing import composed
from clinic.gateways.email.mailbox import Mailbox, MailboxAway
from clinic.gateways.email.outcomes import mail_advice
from clinic.gateways.email.smtp import BadMailServer, MailServer, SmtpGateway, read_server
from clinic.gateways.email.stand_in.__main__ import main
from clinic.gateways.email.stand_in.running import Running, Setup, running
from clinic.kernel.ids import new_id

AT = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=-5)))
FILE = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def stand_in() -> Iterator[Running]:
    with running(Setup("clinic", "a password")) as found:
        yield found


@pytest.fixture
def mailbox(stand_in: Running) -> Mailbox:
    return Mailbox(stand_in.backstage_url, "clinic", "a password")


def gateway_of(stand_in: Running, **other: object) -> SmtpGateway:
    server = MailServer("smtp", "127.0.0.1", stand_in.port, "clinic", "a password")
    wanted = {"sender": "care@example.org", "sender_name": "Demo Home Clinic", "seconds": 4.0} | other
    return SmtpGateway(wanted.pop("server", server), **wanted)  # type: ignore[arg-type]


def mail(**other: object) -> OutgoingEmail:
    first = new_id()
    wanted: dict[str, object] = {
        "to": "marisol@example.org",
        "subject": "Clinic: su cita del mié 25 nov",
        "body": "Su cita es mañana.\n.\n.leading dot\n\nHasta pronto 🙂\n",
        "language": "es",
        "attempt_id": first,
        "message_id": first,
        "at": AT,
    }
    return OutgoingEmail(**wanted | other)  # type: ignore[arg-type]


def outcome(gateway: SmtpGateway, email: OutgoingEmail) -> Accepted | EmailFailure:
    try:
        return gateway.send(email)
    except EmailFailure as failure:
        return failure


def test_a_mail_arrives_with_its_words_its_date_and_its_sender(stand_in: Running, mailbox: Mailbox):
    email = mail()
    assert gateway_of(stand_in).send(email) == Accepted(250)
    (found,) = mailbox.received()
    assert (found.to, found.subject, found.body) == (email.to, email.subject, email.body)
    assert found.sender == "Demo Home Clinic <care@example.org>"
    assert found.at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert found.message_id == f"<{email.message_id}@example.org>"
    assert (found.method, found.calendar) == (None, None)


def test_an_invitation_is_an_alternative_that_names_its_method_and_a_file(stand_in: Running, mailbox: Mailbox):
    gateway_of(stand_in).send(mail(calendar=CalendarPart(Method.REQUEST, FILE)))
    (found,) = mailbox.received()
    assert found.method == "REQUEST"
    assert Calendar.from_ical(found.calendar)["METHOD"] == "REQUEST"
    assert found.body.startswith("Su cita")


def test_both_copies_of_an_invitation_are_the_same_bytes():
    written = composed(mail(calendar=CalendarPart(Method.CANCEL, FILE)), sender="care@example.org", sender_name="C")
    message = message_from_bytes(written.as_bytes(), policy=default)
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in message.walk()}
    assert parts["text/calendar"] == parts["application/ics"] == FILE
    assert message["Content-Language"] == "es"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_mail_is_ascii_from_end_to_end_whatever_it_says():
    written = composed(mail(), sender="care@clínica.example", sender_name="Clínica").as_bytes()
    assert written.isascii()
    assert max(len(line) for line in written.splitlines()) < 998


def test_a_second_attempt_is_the_same_mail_by_its_message_id(stand_in: Running, mailbox: Mailbox):
    first = new_id()
    gateway = gateway_of(stand_in)
    for attempt in (first, new_id()):
        gateway.send(mail(attempt_id=attempt, message_id=first))
    assert len({found.message_id for found in mailbox.received()}) == 1


@pytest.mark.parametrize(
    "subject",
    ["Hello\r\nBcc: all@example.org", "Hello\nX-Header: 1", "Hello\x00", "Hello\u2028there", "", "  ", "x" * 10_000],
)
def test_no_subject_can_add_a_header_or_be_endless(subject: str):
    with pytest.raises(Unwritable, match="the subject"):
        mail(subject=subject)


@pytest.mark.parametrize(
    "to",
    [
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org, b@example.org",
        "A <a@example.org>",
        "a@example.org>",
        "a b@example.org",
        "nobody",
        "",
        "@example.org",
        "x" * 250 + "@example.org",
    ],
)
def test_no_address_can_add_a_header_or_a_second_reader(to: str):
    with pytest.raises(Unwritable, match="the address"):
        mail(to=to)


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(Unwritable):
        mail(at=datetime(2026, 11, 23, 10, 0))  # noqa: DTZ001 - what is refused


def test_a_sender_name_with_a_line_break_cannot_add_a_header(stand_in: Running):
    with pytest.raises(ValueError, match=r"(?i)name|header|cr"):
        gateway_of(stand_in, sender_name="Clinic\r\nBcc: all@example.org").send(mail())


@pytest.mark.parametrize(
    ("fault", "kind", "code", "scope", "arrived"),
    [
        ("reject", Rejected, 550, Scope.ADDRESS, 0),
        ("tempfail", Unavailable, 451, None, 0),
        ("drop-before", Unavailable, None, None, 0),
        ("drop-after", Ambiguous, None, None, 1),
        ("drop-lost", Ambiguous, None, None, 0),
        ("refuse-data", Rejected, 554, Scope.MESSAGE, 0),
    ],
)
def test_each_way_to_go_wrong_has_its_meaning(
    stand_in: Running, mailbox: Mailbox, fault: str, kind: type[EmailFailure], code: int | None, scope, arrived: int
):
    mailbox.faults(fault)
    found = outcome(gateway_of(stand_in), mail())
    assert type(found) is kind
    assert (found.code, getattr(found, "scope", None), len(mailbox.received())) == (code, scope, arrived)
    assert outcome(gateway_of(stand_in), mail()) == Accepted(250)


def test_a_failure_names_no_address_and_no_word(stand_in: Running):
    found = outcome(gateway_of(stand_in), mail(to="marisol+reject@example.org"))
    assert isinstance(found, Rejected)
    assert "marisol" not in f"{found} {found!r}"
    assert "marisol" not in repr(mail())


def test_a_wrong_password_is_a_matter_of_the_account(stand_in: Running):
    server = MailServer("smtp", "127.0.0.1", stand_in.port, "clinic", "wrong")
    found = outcome(gateway_of(stand_in, server=server), mail())
    assert isinstance(found, Rejected)
    assert (found.scope, found.code) == (Scope.ACCOUNT, 535)


def test_without_signing_in_the_server_refuses_for_the_account(stand_in: Running):
    found = outcome(gateway_of(stand_in, server=MailServer("smtp", "127.0.0.1", stand_in.port)), mail())
    assert isinstance(found, Rejected)
    assert (found.scope, found.code) == (Scope.ACCOUNT, 530)


def test_nothing_is_said_in_plain_text_where_encryption_is_a_must(stand_in: Running, mailbox: Mailbox):
    found = outcome(gateway_of(stand_in, must_encrypt=True), mail())
    assert isinstance(found, Rejected)
    assert (found.scope, mailbox.received()) == (Scope.ACCOUNT, ())


def test_nobody_listening_is_unavailable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = outcome(gateway_of(Running(port, "")), mail())
    assert isinstance(found, Unavailable)


def test_an_address_that_not_every_server_can_write_is_a_matter_of_the_address(stand_in: Running):
    found = outcome(gateway_of(stand_in), mail(to="señor@example.org"))
    assert isinstance(found, Rejected)
    assert found.scope is Scope.ADDRESS


def test_a_domain_in_other_letters_is_written_in_ascii(stand_in: Running, mailbox: Mailbox):
    gateway_of(stand_in).send(mail(to="ana@clínica.example"))
    assert mailbox.received()[0].to == "ana@xn--clnica-4va.example"


def test_a_server_that_says_nothing_does_not_hold_a_worker_for_ever():
    with _listening(lambda line: line.recv(1)) as port:
        found = outcome(gateway_of(Running(port, ""), seconds=0.4), mail())
    assert isinstance(found, Unavailable)


def test_a_server_that_falls_silent_after_the_mail_leaves_it_open():
    def talk(line: socket.socket) -> None:
        for answer in (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            line.sendall(answer)
            line.recv(4096)
        line.recv(4096)

    server = MailServer("smtp", "127.0.0.1", 0)
    with _listening(talk) as port:
        quiet = MailServer("smtp", server.host, port)
        found = outcome(gateway_of(Running(port, ""), server=quiet, seconds=1.0), mail())
    assert isinstance(found, Ambiguous)


def test_after_starttls_the_mail_is_taken(tmp_path: Path):
    theirs, ours = _certificate(tmp_path)
    with running(Setup("clinic", "a password"), trust=theirs) as found:
        server = MailServer("smtp", "localhost", found.port, "clinic", "a password")
        gateway = gateway_of(found, server=server, must_encrypt=True, trust=ours)
        assert gateway.send(mail()) == Accepted(250)
        stranger = gateway_of(found, server=server, must_encrypt=True)
        assert isinstance(outcome(stranger, mail()), Unavailable)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example", MailServer("smtp", "mail.example", 587)),
        ("smtps://mail.example", MailServer("smtps", "mail.example", 465)),
        ("smtp://me:p%40ss%3A@mail.example:2525", MailServer("smtp", "mail.example", 2525, "me", "p@ss:")),
    ],
)
def test_the_address_of_a_mail_server_is_read(url: str, found: MailServer):
    assert read_server(url) == found
    assert "p@ss" not in repr(read_server(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://:25",
        "post.example",
        "smtp://m:25/path",
        "smtp://m:port",
        "smtp://me@m",
        "smtp://m?x=1",
    ],
)
def test_a_wrong_address_of_a_mail_server_is_refused_and_not_shown(url: str):
    with pytest.raises(BadMailServer) as refused:
        read_server(url)
    assert url not in str(refused.value)


def test_only_this_very_machine_may_hear_plain_text():
    assert read_server("smtp://127.0.0.1:25").is_here
    assert not read_server("smtp://127.0.0.1.example:25").is_here


def test_every_refusal_says_what_a_person_does_next():
    assert {mail_advice(code).count("Call the patient") for code in (550, 552, 553, 554, None)} == {1}


def test_the_stand_in_remembers_mail_over_a_restart(tmp_path: Path):
    kept = tmp_path / "mails.jsonl"
    with running(Setup("clinic", "pw", journal=kept)) as found:
        server = MailServer("smtp", "127.0.0.1", found.port, "clinic", "pw")
        gateway_of(found, server=server).send(mail())
    with running(Setup("clinic", "pw", journal=kept)) as found:
        box = Mailbox(found.backstage_url, "clinic", "pw")
        (mail_,) = box.received()
        assert box.one(mail_.number) == mail_
        assert box.one(mail_.number + 1) is None
        box.remember([composed(mail(), sender="a@example.org", sender_name="A").as_bytes()])
        assert [each.number for each in box.received()] == [2, 1]


def test_the_backstage_opens_to_nobody_else(stand_in: Running):
    with pytest.raises(MailboxAway):
        Mailbox(stand_in.backstage_url, "clinic", "wrong").received()
    with pytest.raises(MailboxAway):
        Mailbox("http://127.0.0.1:1", "clinic", "a password").received()


def test_an_unknown_fault_is_refused(mailbox: Mailbox):
    with pytest.raises(MailboxAway):
        mailbox.faults("explode")


def test_the_stand_in_wants_to_know_where_to_listen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PW", "x")
    with pytest.raises(SystemExit):
        main(["--user", "clinic", "--password-env", "PW"])


@contextmanager
def _listening(talk) -> Iterator[int]:
    """Listen for one caller and talk to it in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line:
                line.settimeout(5)
                try:
                    talk(line)
                    while line.recv(4096):
                        pass
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join(5)


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server for `localhost` shows, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown = folder / "server.pem"
    shown.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(shown)
    return theirs, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())


@pytest.mark.parametrize(
    "to",
    [
        "ana@example..com",
        f"ana@{'x' * 64}.com",
        f"ana@{'é' * 60}.com",
        "a..b@example.org",
        ".a@example.org",
        "ana@example.com.",
    ],
)
def test_an_address_of_which_no_header_can_be_made_is_the_addresss_own_fault(stand_in: Running, mailbox: Mailbox, to):
    found = outcome(gateway_of(stand_in), mail(to=to))
    assert isinstance(found, Rejected)
    assert found.scope is Scope.ADDRESS
    assert mailbox.received() == ()
