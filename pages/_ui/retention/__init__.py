"""What is kept how long, legal holds, incident packets, and what people may ask for."""
