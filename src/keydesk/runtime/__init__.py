"""Where handlers run: warm worker processes, or elsewhere; bytes in and bytes out. Knows no triggers and no storage."""
