"""The parts of the Adoption page."""
