"""Verbs of readiness: checking, beginning a session, a physician's decision to begin all the same, tasks."""
