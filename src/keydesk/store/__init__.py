"""What is kept, and how it is found: the only rooms that speak SQL."""
