"""Pure rules of the day of a session."""
