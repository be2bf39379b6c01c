"""A pretend carrier service in a process of its own, which speaks EasyPost's wire format on loopback."""
