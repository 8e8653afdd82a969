"""Keydesk: an identity server that speaks Amazon Cognito's user-pool API and runs its Lambda triggers."""

__version__ = "0.1.0"
