"""Puts an e-mail into the form that mail servers take (RFC 5322, RFC 2045, RFC 6047); nothing here reads a clock."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from clinic.gateways.email import CalendarPart, OutgoingEmail

# Letters beyond ASCII are written so that every mail server passes them on as they are.
_SEVEN_BITS = SMTP.clone(cte_type="7bit")


def composed(email: OutgoingEmail, *, sender: str, sender_name: str) -> EmailMessage:
    """Return the mail with every header of ours; the library refuses a header with a line break."""
    message = EmailMessage(policy=_SEVEN_BITS)
    message["From"] = Address(sender_name, addr_spec=ascii_domain(sender))
    message["To"] = Address(addr_spec=ascii_domain(email.to))
    message["Subject"] = email.subject
    message["Date"] = format_datetime(email.at)
    message["Message-ID"] = message_id(email, sender=sender)
    # Holiday answers and other machines leave such mail alone (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(email.body)
    if email.calendar is not None:
        _enclose(message, email.calendar)
    # Last, because the library moves what is said about the content into the parts as they come.
    message["Content-Language"] = email.language
    return message


def message_id(email: OutgoingEmail, *, sender: str) -> str:
    """Return `<id of the first attempt@our domain>`, the same for every repetition of one mail."""
    return f"<{email.message_id}@{ascii_domain(sender).rpartition('@')[2]}>"


def ascii_domain(address: str) -> str:
    """Return an address whose domain is written in ASCII; the part before the sign stays as it is."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def _enclose(message: EmailMessage, calendar: CalendarPart) -> None:
    """Add the invitation twice: as the alternative that calendars act upon, and as a file that a person can open."""
    content = calendar.content.decode()
    how = {"method": calendar.method.value, "name": "invite.ics"}
    message.add_alternative(content, subtype="calendar", cte="base64", params=how)
    message.add_attachment(calendar.content, maintype="application", subtype="ics", filename="invite.ics")
