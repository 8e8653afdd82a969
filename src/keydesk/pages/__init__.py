"""Face 3: what the browsers of users see. So far the logos of pools; the pages themselves come later."""
