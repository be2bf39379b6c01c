"""Verbs of the waiting list: joining and leaving, offering, answering, and following what happens elsewhere."""
