"""Refusals of the list of tasks."""

from clinic.kernel.errors import Conflict, NotFound


class NoSuchTask(NotFound):
    """There is no task of that id."""

    code = "no_such_task"


class TaskClosed(Conflict):
    """Somebody has dealt with the task already."""

    code = "task_closed"


class TaskStillOpen(Conflict):
    """There is nothing to undo: the task is on the list."""

    code = "task_still_open"


class CameUpAgain(Conflict):
    """The same trouble opened a new task meanwhile, so the old one stays closed."""

    code = "came_up_again"


class CannotWait(Conflict):
    """The task is about somebody's life, so it stays on the list."""

    code = "cannot_wait"
