"""What a user's groups give: their order, their roles, and the preferred role."""

from collections.abc import Iterable
from math import inf

from keydesk.domain.group import Group


def preference(group: Group) -> tuple[float, str]:
    """Sorts groups: the lowest precedence first, those without one last, then by name."""
    return (inf if group.precedence is None else group.precedence, group.name)


def standing(groups: Iterable[Group]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Names and role ARNs, most preferred first, and the preferred role.

    None is preferred ("") where the best groups with a role name different ones:
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html
    """
    ordered = sorted(groups, key=preference)
    with_role = [group for group in ordered if group.role]
    best = {group.role for group in with_role if group.precedence == with_role[0].precedence}
    roles = tuple(dict.fromkeys(group.role for group in with_role if group.role))
    preferred = best.pop() if len(best) == 1 else None
    return tuple(group.name for group in ordered), roles, preferred or ""
