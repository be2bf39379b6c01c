"""The coordinators' pages of deliveries: the board, one fill, one parcel, and lots with their recalls."""

from clinic.web.coordinator.deliveries import board, fill_steps, fills, lots, parcels, recalling, texting

__all__ = ["board", "fill_steps", "fills", "lots", "parcels", "recalling", "texting"]
