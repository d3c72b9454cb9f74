"""What pages share in appearance."""
