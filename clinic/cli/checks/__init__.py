"""What `clinic doctor` looks at: each check says how it is and, when it is not well, what to do."""
