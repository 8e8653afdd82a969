"""A pool's schema, and what may be written into a user's attributes, in Cognito's words.

Every value is a text. On an update an empty value means "take the attribute away"; at creation it is a value.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from keydesk.errors import InvalidParameter, NotAuthorized
from keydesk.shapes.types import (
    NumberAttributeConstraintsType,
    SchemaAttributeType,
    StringAttributeConstraintsType,
)

Schema = list[SchemaAttributeType]

# Nobody's mail is delivered from here, and a house may well call its own domain `.local` or `.test`; the library
# documents this list as the place to say so.
SPECIAL_USE_DOMAIN_NAMES.clear()

VERIFIED = frozenset({"email_verified", "phone_number_verified"})
SERVERS_OWN = frozenset({"sub", "identities"})
_PHONE = re.compile(r"\+[1-9][0-9]{0,14}")  # no country code begins with 0
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_TYPES = frozenset({"String", "Number", "DateTime", "Boolean"})

# Name, type, least and greatest length (or value) as DescribeUserPool shows them, in its order.
_STANDARD: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("sub", "String", "1", "2048"),
    ("name", "String", "0", "2048"),
    ("given_name", "String", "0", "2048"),
    ("family_name", "String", "0", "2048"),
    ("middle_name", "String", "0", "2048"),
    ("nickname", "String", "0", "2048"),
    ("preferred_username", "String", "0", "2048"),
    ("profile", "String", "0", "2048"),
    ("picture", "String", "0", "2048"),
    ("website", "String", "0", "2048"),
    ("email", "String", "0", "2048"),
    ("email_verified", "Boolean", None, None),
    ("gender", "String", "0", "2048"),
    ("birthdate", "String", "10", "10"),
    ("zoneinfo", "String", "0", "2048"),
    ("locale", "String", "0", "2048"),
    ("phone_number", "String", "0", "2048"),
    ("phone_number_verified", "Boolean", None, None),
    ("address", "String", "0", "2048"),
    ("updated_at", "Number", "0", None),
    ("identities", "String", None, None),
)
STANDARD = tuple(name for name, *_ in _STANDARD)


# --- the schema ---


def pool_schema(asked: Iterable[SchemaAttributeType]) -> Schema:
    """SchemaAttributes of a new pool: the standard attributes as `asked` changes them, then the custom ones."""
    asked = list(asked)
    changes = {said.name: said for said in asked if said.name}
    schema = [_changed(attribute, changes.get(attribute.name or "")) for attribute in _standard()]
    return with_custom(schema, [said for said in asked if said.name not in STANDARD])


def with_custom(schema: Schema, added: Iterable[SchemaAttributeType]) -> Schema:
    """The schema with custom attributes added, which get their prefix here. Raises `InvalidParameter`."""
    grown = list(schema)
    for said in added:
        if said.required:
            raise InvalidParameter("Required custom attributes are not supported currently.")
        attribute = _custom(said)
        if any(attribute.name == known.name for known in grown):
            raise InvalidParameter(f"{attribute.name}: Existing attribute already has name {attribute.name}.")
        grown.append(attribute)
    return grown


def _standard() -> Schema:
    return [
        SchemaAttributeType(
            name=name,
            attribute_data_type=kind,
            developer_only_attribute=False,
            mutable=name != "sub",
            required=name == "sub",
            string_attribute_constraints=(
                StringAttributeConstraintsType(min_length=least, max_length=most) if kind == "String" else None
            ),
            number_attribute_constraints=NumberAttributeConstraintsType(min_value=least) if kind == "Number" else None,
        )
        for name, kind, least, most in _STANDARD
    ]


def _changed(standard: SchemaAttributeType, said: SchemaAttributeType | None) -> SchemaAttributeType:
    """A standard attribute as the pool wants it: required, mutable and lengths are the pool's, the type is not.

    One that is named is mutable only where that is said: https://github.com/aws/aws-cdk/issues/8624
    """
    if said is None:
        return standard
    if said.developer_only_attribute or said.attribute_data_type not in (None, standard.attribute_data_type):
        raise InvalidParameter(
            "You can not change AttributeDataType or set developerOnlyAttribute "
            f"for standard schema attribute {standard.name}"
        )
    if said.required is not None:
        standard.required = said.required or standard.name == "sub"
    standard.mutable = bool(said.mutable) and standard.name != "sub"
    if said.string_attribute_constraints is not None and standard.string_attribute_constraints is not None:
        standard.string_attribute_constraints = _lengths(standard.name, said.string_attribute_constraints)
    if said.number_attribute_constraints is not None and standard.number_attribute_constraints is not None:
        standard.number_attribute_constraints = _range(standard.name, said.number_attribute_constraints)
    return standard


def _custom(said: SchemaAttributeType) -> SchemaAttributeType:
    kind = said.attribute_data_type
    if not said.name:
        raise InvalidParameter("An attribute of the schema has no name.")
    if kind not in _TYPES:
        raise InvalidParameter("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
    developers = bool(said.developer_only_attribute)
    name = f"{'dev:' if developers else ''}custom:{said.name}"
    lengths = said.string_attribute_constraints or StringAttributeConstraintsType()
    limits = said.number_attribute_constraints or NumberAttributeConstraintsType()
    return SchemaAttributeType(
        name=name,
        attribute_data_type=kind,
        developer_only_attribute=developers,
        mutable=bool(said.mutable),
        required=False,
        string_attribute_constraints=_lengths(name, lengths) if kind == "String" else None,
        number_attribute_constraints=_range(name, limits) if kind == "Number" else None,
    )


def _lengths(name: str | None, said: StringAttributeConstraintsType) -> StringAttributeConstraintsType:
    _in_order(name, said.min_length, said.max_length)
    return said


def _range(name: str | None, said: NumberAttributeConstraintsType) -> NumberAttributeConstraintsType:
    _in_order(name, said.min_value, said.max_value)
    return said


def _in_order(name: str | None, *limits: str | None) -> None:
    """Limits travel as texts: they must be whole numbers, the least not above the greatest."""
    try:
        given = [int(limit) for limit in limits if limit]
    except ValueError:
        raise InvalidParameter(f"{name}: The limits of an attribute must be whole numbers.") from None
    if given != sorted(given):
        raise InvalidParameter(f"{name}: The least limit of an attribute is above its greatest.")


# --- what is written ---


def check_given(given: Mapping[str, str | None]) -> None:
    """What no request gives, whoever asks: `sub`, or an attribute without a value. Raises `InvalidParameter`."""
    for name, value in given.items():
        refuse_fixed([name])
        if value is None:
            raise InvalidParameter(f"Attribute value for {name} must not be null")


def refuse_fixed(names: Iterable[str], fixed: Collection[str] = ("sub",)) -> None:
    """Raises `InvalidParameter` for what only the server says."""
    for name in names:
        if name in fixed:
            raise InvalidParameter(f"Cannot modify the non-mutable attribute {name}")


def check_new(schema: Schema, attributes: Mapping[str, str], *, by_admin: bool = False) -> None:
    """Whether a user may be made with these attributes. Raises `InvalidParameter` with all faults at once.

    An administrator may leave required attributes out; the user gives them with the first password.
    """
    known = {attribute.name: attribute for attribute in schema}
    faults = [f"{name}: {fault}" for name, value in attributes.items() if (fault := _fault(known.get(name), value))]
    if not by_admin:
        faults += [f"{name}: The attribute is required" for name in missing(schema, attributes)]
    if faults:
        raise InvalidParameter("Attributes did not conform to the schema: " + "".join(f"{fault}\n" for fault in faults))
    _check_forms(attributes)


def check_update(schema: Schema, changes: Mapping[str, str]) -> None:
    """Whether these attributes of an existing user may be set; an empty value takes one away."""
    known = {attribute.name: attribute for attribute in schema}
    faults = []
    for name, value in changes.items():
        attribute = known.get(name)
        if attribute is not None and (not attribute.mutable or name in SERVERS_OWN):
            faults.append(f"user.{name}: Attribute cannot be updated.")
        elif attribute is not None and not value:
            faults += [f"user.{name}: Required attribute cannot be deleted."] if attribute.required else []
        elif fault := _fault(attribute, value):
            faults.append(f"user.{name}: {fault}")
    if faults:
        raise InvalidParameter("".join(f"{fault}\n" for fault in faults))
    _check_forms({name: value for name, value in changes.items() if value})


def check_deletion(schema: Schema, names: Iterable[str]) -> None:
    """Whether these attributes may be taken away. Raises `InvalidParameter`."""
    known = {attribute.name: attribute for attribute in schema}
    faults = []
    for name in names:
        attribute = known.get(name)
        if attribute is None:
            faults.append(f"user.{name}: Attribute does not exist in the schema.")
        elif attribute.required:
            faults.append(f"user.{name}: Required attribute cannot be deleted.")
        elif not attribute.mutable or name in SERVERS_OWN:
            faults.append(f"user.{name}: Attribute cannot be updated.")
    if faults:
        raise InvalidParameter("\n".join(faults))


def missing(schema: Schema, attributes: Mapping[str, str]) -> list[str]:
    """Names of required attributes that have no value; `sub` is the server's to give."""
    return [
        attribute.name
        for attribute in schema
        if attribute.required and attribute.name and attribute.name != "sub" and not attributes.get(attribute.name)
    ]


def _fault(attribute: SchemaAttributeType | None, value: str) -> str | None:
    if attribute is None:
        return "Attribute does not exist in the schema."
    if attribute.name in SERVERS_OWN:
        return "Attribute cannot be updated."
    return _CHECKS[attribute.attribute_data_type or "String"](attribute, value)


def _text_fault(attribute: SchemaAttributeType, value: str) -> str | None:
    limits = attribute.string_attribute_constraints or StringAttributeConstraintsType()
    if limits.min_length and len(value) < int(limits.min_length):
        return f"String must be no shorter than {limits.min_length} characters"
    if limits.max_length and len(value) > int(limits.max_length):
        return f"String must be no longer than {limits.max_length} characters"
    return None


def _number_fault(attribute: SchemaAttributeType, value: str) -> str | None:
    limits = attribute.number_attribute_constraints or NumberAttributeConstraintsType()
    if not _NUMBER.fullmatch(value):
        return "Attribute value must be a number."
    number = Decimal(value)
    if limits.min_value and number < int(limits.min_value):
        return f"Number must be no less than {limits.min_value}"
    if limits.max_value and number > int(limits.max_value):
        return f"Number must be no greater than {limits.max_value}"
    return None


def _truth_fault(_: SchemaAttributeType, value: str) -> str | None:
    return None if value.lower() in ("true", "false") else "Attribute value must be true or false."


def _moment_fault(_: SchemaAttributeType, value: str) -> str | None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "Attribute value must be a date and time of ISO 8601."
    return None


_CHECKS = {"String": _text_fault, "Number": _number_fault, "Boolean": _truth_fault, "DateTime": _moment_fault}


def _check_forms(attributes: Mapping[str, str]) -> None:
    if "email" in attributes and not is_email(attributes["email"]):
        raise InvalidParameter("Invalid email address format.")
    if "phone_number" in attributes and not is_phone(attributes["phone_number"]):
        raise InvalidParameter("Invalid phone number format.")


def is_email(text: str) -> bool:
    """Whether this has the form of an address with a dotted domain; nobody is asked whether it exists."""
    try:
        address = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return "." in address.ascii_domain


def is_phone(text: str) -> bool:
    """Whether this is `+` and one to fifteen digits (E.164), with nothing between them."""
    return _PHONE.fullmatch(text) is not None


# --- what a client may touch ---


def check_client_writes(granted: Collection[str] | None, names: Iterable[str]) -> None:
    """Raises `NotAuthorized` when a client writes what its WriteAttributes do not grant. None or empty grants all.

    Whatever it was granted, a client never writes `sub`, the verified flags or attributes for developers.
    """
    for name in names:
        if name in VERIFIED or name in SERVERS_OWN or name.startswith("dev:") or (granted and name not in granted):
            raise NotAuthorized("A client attempted to write unauthorized attribute")


def readable(granted: Collection[str] | None, attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes that a client's ReadAttributes let it see: all where it has none, the server's own in any case."""
    return {
        name: value
        for name, value in attributes.items()
        if name in SERVERS_OWN or (not name.startswith("dev:") and (not granted or name in granted))
    }


def check_client_lists(
    schema: Schema, read: Iterable[str] | None, write: Iterable[str] | None, doing: str = "creating"
) -> None:
    """Whether a client may be given these ReadAttributes and WriteAttributes; `doing` is creating or updating."""
    names = {attribute.name for attribute in schema if not attribute.developer_only_attribute}
    if not names.issuperset(read or ()):
        raise InvalidParameter(f"Invalid read attributes specified while {doing} a client")
    if not (names - VERIFIED - SERVERS_OWN).issuperset(write or ()):
        raise InvalidParameter(f"Invalid write attributes specified while {doing} a client")
