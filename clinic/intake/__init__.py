"""Who may begin: what is asked before and at the intake, what it means, and the physician's decision about it."""
