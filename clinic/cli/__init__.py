"""The `clinic` command: everything that an operator types."""
