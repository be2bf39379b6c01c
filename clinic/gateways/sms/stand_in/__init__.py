"""A pretend text provider in a process of its own, which speaks the real one's wire format on loopback."""
