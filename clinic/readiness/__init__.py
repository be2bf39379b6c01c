"""Readiness: whether a session at home may be offered, go on as planned, and begin; every reason against it."""
