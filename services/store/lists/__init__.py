"""Pages of lists: from one index, merged from several, or searched in a bounded batch of rows."""
