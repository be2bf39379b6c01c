"""Decisions of the intake as pure functions: what is asked, what an answer may be, and what the answers mean."""
