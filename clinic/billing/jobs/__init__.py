"""What the workers do for billing, row by row."""
