"""Looks up a patient's physician in PostgreSQL and puts `custom:physicianId` into the ID token.

One file for two triggers. The connection outlives the call: a warm process uses it again, and makes another one when it
has broken.
"""

import os

import psycopg

CLAIM = "custom:physicianId"
QUERY = "SELECT physician_id FROM patients WHERE user_id = %s"  # user_id is the primary key
CONNECT_SECONDS = 2
QUERY_SECONDS = float(os.environ.get("QUERY_SECONDS", "3"))

connection = None


def handler(event, context):
    # PostAuthentication_Authentication, or TokenGeneration_… for one of several reasons. Both read the same answer.
    source = event["triggerSource"].partition("_")[0]
    if source not in ("PostAuthentication", "TokenGeneration"):
        raise Exception(f"This function does not serve {event['triggerSource']}")
    try:
        physician = physician_of(event["request"]["userAttributes"]["sub"])
    except psycopg.Error as fault:
        # The log is for us. Under pre token generation the client reads what is thrown, so no host name is in that.
        print(f"ERROR no physician for {event['userName']}: {type(fault).__name__}: {fault}")
        raise Exception("Your physician could not be looked up. Try again later") from None
    if physician:
        event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {CLAIM: physician}}
    return event


def physician_of(user_id):
    """The physician's id; None for who is no patient. Raises psycopg.Error."""
    warm = connection is not None and not connection.closed
    try:
        return asked(user_id)
    except psycopg.errors.QueryCanceled:
        raise  # it took too long, and would again; the connection is good
    except psycopg.OperationalError:
        if not warm:
            raise
        return asked(user_id)  # the database was restarted since the last call, or a firewall forgot the connection


def asked(user_id):
    global connection
    if connection is None or connection.closed:
        print("connecting")
        connection = psycopg.connect(
            os.environ["PATIENTS_DATABASE"],
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            tcp_user_timeout=int(QUERY_SECONDS * 1000),
            options=f"-c statement_timeout={int(QUERY_SECONDS * 1000)}",
        )
    row = connection.execute(QUERY, (user_id,)).fetchone()
    return row and row[0]
