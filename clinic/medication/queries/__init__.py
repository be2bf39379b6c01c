"""Reads of orders, pharmacies, fills, parcels and units."""
