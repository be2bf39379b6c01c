"""Monitoring: instruments, check-ins, answers and scores, findings, and the flags that rules raise from them."""
