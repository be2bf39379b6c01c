"""Patients, their phones and consent; physicians, their licences and care teams."""
