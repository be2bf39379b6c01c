"""Verbs on orders, pharmacies, fills, parcels and units; each writes its history and the audit trail."""
