"""Going on with pages that nobody has: each in its own transaction, so that one that fails does not hold up others."""

import logging

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin
from clinic.oncall.actions import step_page
from clinic.oncall.queries import due_pages

_logger = logging.getLogger(__name__)


def step_pages(begin: Begin, *, clock: Clock, by: Actor) -> int:
    """Take the due step of every page and return how many were taken."""
    with begin(by=by) as session:
        due = due_pages(session, now=clock())
    taken = 0
    for page_id in due:
        try:
            with begin(by=by) as session:
                taken += step_page(session, page_id=page_id, by=by, now=clock())
        except Exception as mistake:  # noqa: BLE001 - the next page must be called for; this one again at the next look
            _logger.error("on-call page %s: %s", page_id, type(mistake).__name__)  # noqa: TRY400 - the class only
    return taken
