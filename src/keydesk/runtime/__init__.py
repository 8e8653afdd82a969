"""Where handlers run: warm worker processes, bytes in and bytes out. Knows nothing of triggers, storage or HTTP."""
