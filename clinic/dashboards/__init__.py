"""Read models that span domains."""
