"""The patient's own deliveries: what is on its way, what came, what is at home, and asking for the next one."""

from clinic.web.patient.deliveries import address, asking, at_home, leaving, overview, receiving

__all__ = ["address", "asking", "at_home", "leaving", "overview", "receiving"]
