"""Reads of readiness: what the gates look at, and what was decided before."""
