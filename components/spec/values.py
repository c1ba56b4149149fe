"""Single values of the input: as plain data, as a whole number, as the text of a property, and their kind in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Tell whether the value is an object in the sense of JSON."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether the value is a list in the sense of JSON."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def plain_data(value: object) -> object:
    """Return JSON as it was meant: whole numbers that travelled as floats are whole again, and nulls are gone."""
    if is_mapping(value):
        return {str(key): plain_data(item) for key, item in value.items() if item is not None}
    if is_sequence(value):
        return [plain_data(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def all_values(value: object) -> Iterator[object]:
    """Yield a value and everything inside it, except what says nothing: nulls, truth values, empty texts."""
    if value is None or isinstance(value, bool) or value == "":
        return
    yield value
    parts = value.values() if is_mapping(value) else value if is_sequence(value) else ()
    for part in parts:
        yield from all_values(part)


def whole(value: object) -> int | None:
    """Return the whole number that a value is, also when it travelled as a float."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def property_text(value: object) -> str | None:
    """Return the text that a properties file holds for the value, or None when it can hold none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    number = whole(value)
    if number is not None:
        return str(number)
    return repr(value) if isinstance(value, float) else None


def type_name(value: object) -> str:
    """Return the kind of a value, as an error says it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false, not a value of that type"
    if isinstance(value, str):
        return "an empty string" if not value else "a string"
    if isinstance(value, int | float):
        return "a number"
    if is_mapping(value):
        return "an object"
    return "a list" if is_sequence(value) else "a value of another type"
