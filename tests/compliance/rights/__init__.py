"""Rights of patients, and incident packets."""
