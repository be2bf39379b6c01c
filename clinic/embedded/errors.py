"""What can keep a local server from starting, in sentences that say what to do next."""

from clinic.kernel.errors import Conflict, NotFound


class ServerNotInstalled(NotFound):
    """No server program was found, neither in the environment nor on PATH."""

    code = "server_not_installed"


class ServerNotStarted(Conflict):
    """The server program ended or did not become ready."""

    code = "server_not_started"


class AlreadyRunning(Conflict):
    """Another process is serving this directory."""

    code = "already_running"


class NoWayToLeaveRoot(Conflict):
    """PostgreSQL refuses to run as root and this machine offers no way down from it."""

    code = "no_way_to_leave_root"
