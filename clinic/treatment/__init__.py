"""Courses of treatment: protocols, each patient's plan and its phases, sessions, and the planner of dates."""
