"""The demo's mailbox: every e-mail that the clinic sent, as its reader would see it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.gateways.email.mailbox import Mailbox, MailboxAway
from clinic.kernel.errors import NotFound
from clinic.web.frame import policy
from clinic.web.frame.requests import runtime
from clinic.web.public import blueprint

_WHY_OPEN = "demo only: it shows invented people's e-mails, and does not exist beside a real mail server"
_LIST, _MAIL, _AWAY = "public/demo_mail/list.html", "public/demo_mail/mail.html", "public/demo_mail/away.html"
_MOST_SHOWN = 40


class NoMailbox(NotFound):
    """This clinic's e-mails go to real mailboxes, or none leave."""

    code = "no_mailbox"


class NoSuchMail(NotFound):
    """The stand-in has no mail of this number."""

    code = "no_such_mail"


def mailbox_or_404() -> Mailbox:
    """Return the stand-in's backstage; in production, and beside a real mail server, there is no such page."""
    found = runtime().mailbox
    if found is None or runtime().is_production:
        raise NoMailbox("There is no page here.")
    return found


@blueprint.get("/demo/mail")
@policy.public(_WHY_OPEN, knows_staff=True)
def demo_mail() -> ResponseReturnValue:
    """List the e-mails, the latest first."""
    client = mailbox_or_404()
    try:
        mails = client.received(_MOST_SHOWN)
    except MailboxAway:
        return render_template(_AWAY), 503
    return render_template(_LIST, mails=mails, zone=runtime().clinic.zone)


@blueprint.get("/demo/mail/<int:number>")
@policy.public(_WHY_OPEN, knows_staff=True)
def one_demo_mail(number: int) -> ResponseReturnValue:
    """Show one e-mail as its reader sees it, with what its invitation tells a calendar."""
    client = mailbox_or_404()
    try:
        mail = client.one(number)
    except MailboxAway:
        return render_template(_AWAY), 503
    if mail is None:
        raise NoSuchMail("There is no such e-mail. Open the list again.")
    return render_template(_MAIL, mail=mail, zone=runtime().clinic.zone)
