"""A module of the application that a server's own module might shadow."""
OWNER = "the application"
