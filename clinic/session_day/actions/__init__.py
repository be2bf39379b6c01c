"""Verbs of the day of a session."""
