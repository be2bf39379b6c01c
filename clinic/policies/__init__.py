"""The clinic's own thresholds: versioned values with their source, that a person can see, change and look back on."""
