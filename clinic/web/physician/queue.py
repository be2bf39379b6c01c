"""What the physicians' queues of intakes, memberships and shipments have in common."""

from typing import Annotated

from pydantic import Field

from clinic.web.frame.forms import FormModel, WholeNumber


class QueueQuery(FormModel):
    """The page of a queue."""

    page: Annotated[WholeNumber, Field(ge=1)] = 1
