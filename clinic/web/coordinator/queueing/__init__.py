"""What a coordinator does from a row of the queue, and how a row is drawn up."""

from clinic.web.coordinator.queueing import calling, stepping

__all__ = ["calling", "stepping"]
