"""What a pool asks of a password, in Cognito's words: the first rule that is broken, and only that one."""

import secrets
from collections.abc import Callable
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

from keydesk.errors import InvalidPassword
from keydesk.shapes.types import PasswordPolicyType

# The characters that Cognito's guide counts as symbols; a space counts too, for it can only stand inside.
SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= "
_EASY_SYMBOLS = "!@#%*+=?-_"  # survive an e-mail template and being read aloud
_TEMPORARY_LENGTH = 12


def default() -> PasswordPolicyType:
    """The policy of a pool that was made without one."""
    return PasswordPolicyType(
        minimum_length=8,
        require_uppercase=True,
        require_lowercase=True,
        require_numbers=True,
        require_symbols=True,
        temporary_password_validity_days=7,
    )


def check(policy: PasswordPolicyType | None, password: str, *, by_admin: bool = False) -> None:
    """Raises `InvalidPassword` with the sentence of the first broken rule. No policy is the default policy.

    `by_admin` is for the operations of administrators, whose sentence says "password policy".
    """
    rules = policy or default()
    for broken, fault in _RULES:
        if broken(rules, password):
            raise InvalidPassword(f"Password did not conform with {'password ' if by_admin else ''}policy: {fault}")


def temporary(policy: PasswordPolicyType | None) -> str:
    """A random password that meets the policy and every usual one: each class is in it, at least twelve characters.

    A letter is first: a command line takes a hyphen for an option, and the AWS CLI cannot read `PASSWORD==x`.
    """
    length = max((policy or default()).minimum_length or 0, _TEMPORARY_LENGTH)
    classes = (ascii_uppercase, ascii_lowercase, digits, _EASY_SYMBOLS)
    letters = [secrets.choice(letters) for letters in classes]
    letters += [secrets.choice("".join(classes)) for _ in range(length - 1 - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return secrets.choice(ascii_letters) + "".join(letters)


def _lacks(letters: str, password: str) -> bool:
    return not any(letter in letters for letter in password)


_Rule = Callable[[PasswordPolicyType, str], bool]

_RULES: tuple[tuple[_Rule, str], ...] = (
    (lambda policy, said: len(said) < (policy.minimum_length or 0), "Password not long enough"),
    (
        lambda policy, said: bool(policy.require_uppercase) and _lacks(ascii_uppercase, said),
        "Password must have uppercase characters",
    ),
    (
        lambda policy, said: bool(policy.require_lowercase) and _lacks(ascii_lowercase, said),
        "Password must have lowercase characters",
    ),
    (
        lambda policy, said: bool(policy.require_numbers) and _lacks(digits, said),
        "Password must have numeric characters",
    ),
    (
        lambda policy, said: bool(policy.require_symbols) and _lacks(SYMBOLS, said),
        "Password must have symbol characters",
    ),
)
