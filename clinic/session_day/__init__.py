"""The day of a session at home: the patient's checklist, the support person's watch, and where each session stands."""
