"""What happens. A flow reads once, fires its triggers with no transaction open, and writes once."""
