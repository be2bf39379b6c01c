"""Celery app, timetable and the ticker: what runs outside of requests."""
