"""Verbs of re-placement: opening a list, proposing, approving, carrying out and taking back."""
