"""What the faces share of HTTP: a request read whole, an answer sent, and who signed."""
