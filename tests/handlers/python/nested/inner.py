"""A handler in a package, named with a slash or with dots."""


def handler(event, context):
    return "inner"
