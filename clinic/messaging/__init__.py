"""Texts in both directions: planned as rows, sent at most as often as promised, every outcome known or shown."""
