"""Reads of re-placement: lists of absences, their rows, and every place to which a visit could go."""
