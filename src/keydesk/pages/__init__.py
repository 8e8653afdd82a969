"""Face 3: what the browsers of users see. So far the logos of pools, and "was it you?"; the others come later."""
