"""The parts of the pages of compliance: figures, trend, findings, the chain of one query."""
