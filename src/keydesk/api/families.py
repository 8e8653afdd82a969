"""Every family of operations, imported once: a module ties its operations when it is imported."""

from keydesk.api import account, clients, groups, passwords, pools, sign_in, sign_up, tags, tokens, users

FAMILIES = (account, clients, groups, passwords, pools, sign_in, sign_up, tags, tokens, users)
