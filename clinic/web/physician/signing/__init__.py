"""What waits for a physician's signature: the queue, one flag with its history, and findings of a patient."""

from clinic.web.physician.signing import findings, flag, queue

__all__ = ["findings", "flag", "queue"]
