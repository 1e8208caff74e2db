"""The web side of the shop."""
