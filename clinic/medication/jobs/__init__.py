"""What workers do for fills and parcels where a pharmacy's channel or a carrier is asked."""
