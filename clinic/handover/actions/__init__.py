"""Verbs of handing over, each in one transaction."""
