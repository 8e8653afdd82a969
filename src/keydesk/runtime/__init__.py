"""Where handlers run, here or elsewhere: bytes in and bytes out; and what else is fetched. No triggers, no storage."""
