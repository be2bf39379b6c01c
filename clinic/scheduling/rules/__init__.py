"""Scheduling decisions as pure functions: no database, no clock, no input or output."""
