"""Turns away the users of a tenant whose subscription has ended, in the table's own words, and the suspended."""

from datetime import UTC, datetime

from _tables import Away, members, tenants


def handler(event, context):
    pool, user = event["userPoolId"], event["request"]["userAttributes"].get("sub")
    try:
        tenant = tenants.get_item(Key={"pool": pool}).get("Item")
        member = user and members.get_item(Key={"pool": pool, "user": user}).get("Item")
    except Away as fault:
        # The log is for us, the words are for the client: no name of a host or a table is in them.
        print(f"ERROR {pool} could not be looked up: {type(fault).__name__}: {fault}")
        raise Exception("Nobody can be let in at the moment. Try again in a few minutes") from None
    if tenant is None:
        raise Exception("There is no such tenant")
    if tenant["paid_until"] < datetime.now(UTC).date().isoformat():
        raise Exception(tenant["notice"])
    if member and member.get("suspended"):
        raise Exception("Your account is suspended")
    return event
