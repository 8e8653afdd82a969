"""Keys, seals, tokens and passwords. The mathematics is always a library's; here is only how it is put together."""
