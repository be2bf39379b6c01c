"""Pure rules of monitoring: instruments, scores, the calendar, signals."""
