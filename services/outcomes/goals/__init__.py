"""Goals for measures of outcomes and adoption. Owns the table `goal`."""
