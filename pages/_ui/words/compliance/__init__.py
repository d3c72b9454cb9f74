"""The words of compliance: links, facts, severities, rules."""
