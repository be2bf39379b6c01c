"""What hands a patient over: to another physician, to another state, out of the area, and back after a long pause."""
