"""Talks with patients: the coordinators' inbox of texts, and secure messages for what no text may say."""
