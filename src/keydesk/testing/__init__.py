"""Keydesk for people who test what they build on it: a server in the test's own process, and a pytest fixture.

`keydesk.testing.plugin` is the plugin; pytest loads it by itself. Nothing of the server imports this room.
"""
