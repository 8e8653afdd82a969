"""Nouns and rules of the field. No I/O and no clock: the time is passed in."""
