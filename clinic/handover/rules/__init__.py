"""Pure rules of handing over."""
