"""Who may come in: staff accounts, sign-in, sessions, links by text, and limits on guessing."""
