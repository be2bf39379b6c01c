"""Reads of the waiting list."""
