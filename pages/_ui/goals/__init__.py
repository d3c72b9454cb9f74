"""Goals and annotations: their dialogs, and what is breached."""
