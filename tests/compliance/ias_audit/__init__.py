"""The IAS audit: figures, filters, the page of one query."""
