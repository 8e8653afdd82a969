"""Face 1: the JSON API. A published operation in, its published answer or a refusal out."""
