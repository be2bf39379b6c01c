"""Refusals of handing over, each with a sentence for the person who asked."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownTransfer(NotFound):
    """There is no such hand-over, or not for the one who asks."""

    code = "unknown_transfer"


class TransferRefused(Invalid):
    """A patient cannot be handed over to this physician, or not on this day."""

    code = "transfer_refused"


class TransferWaits(Conflict):
    """A hand-over of this patient is open already."""

    code = "transfer_waits"


class TransferOver(Conflict):
    """The hand-over was answered, withdrawn or carried out meanwhile."""

    code = "transfer_over"


class NotYoursToAnswer(Forbidden):
    """Only the physician who would receive the patient answers."""

    code = "not_yours_to_answer"


class MoveRefused(Invalid):
    """A move makes no sense as typed."""

    code = "move_refused"


class MoveWaits(Conflict):
    """A move of this patient is planned already."""

    code = "move_waits"


class MoveOver(Conflict):
    """The planned move was carried out or withdrawn meanwhile."""

    code = "move_over"


class SomethingNew(Conflict):
    """What would follow is not what the asking person was shown."""

    code = "something_new"


class RestartNotYet(Conflict):
    """Something still lacks before the course goes on after a long pause."""

    code = "restart_not_yet"
