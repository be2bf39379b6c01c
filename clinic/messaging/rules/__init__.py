"""Decisions about texts as pure functions: words, hours, replies, states."""
