"""Decisions about forms as pure functions: which are due, what stands in them, what a signature needs."""
