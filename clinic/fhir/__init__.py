"""FHIR R4B at the edge: what leaves as JSON that other systems read; nothing is taken in."""
