"""Face 2: OpenID Connect."""
