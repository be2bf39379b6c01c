"""Pure rules of orders, fills, parcels and units, and of whether more may be sent."""
