"""Triggers: what they are, as data; and how one is fired."""
