"""What happens to forms: written, published, asked for, signed and withdrawn."""
