"""Documents that people keep: files made from what a page shows, for patients and staff alike."""
