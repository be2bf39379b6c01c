"""Reads of what is handed over and what follows from it."""
