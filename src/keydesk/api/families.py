"""Every family of operations. A module ties its operations when it is imported, so here SERVED is whole."""

from keydesk.api import (
    account,
    clients,
    devices,
    domains,
    factors,
    groups,
    identity_providers,
    imports,
    log_delivery,
    passkeys,
    passwords,
    pools,
    protection,
    resource_servers,
    sessions,
    sign_in,
    sign_up,
    tags,
    terms,
    tokens,
    ui_customizations,
    users,
)
from keydesk.api.operation import SERVED

FAMILIES = (
    account,
    clients,
    devices,
    domains,
    factors,
    groups,
    identity_providers,
    imports,
    log_delivery,
    passkeys,
    passwords,
    pools,
    protection,
    resource_servers,
    sessions,
    sign_in,
    sign_up,
    tags,
    terms,
    tokens,
    ui_customizations,
    users,
)

__all__ = ["FAMILIES", "SERVED"]
