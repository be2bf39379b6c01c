"""A mail server that keeps what it gets, for demo and tests: real SMTP on loopback, and a backstage over HTTP."""
