"""Kubernetes quantities: `700Mi`, `500m`, `1.5Gi`, as exact numbers."""

import re
from decimal import ROUND_CEILING, Decimal
from typing import Final

_QUANTITY: Final = re.compile(
    r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([eE][+-]?[0-9]{1,3})|(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?"
)
_FACTORS: Final = {
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
}
MIB: Final = 1024 * 1024
#: Kubernetes silently takes what is larger for this.
_LARGEST: Final = 2**63 - 1


def parse_quantity(text: str) -> Decimal | None:
    """Return the number that a quantity means, or None when it is not a positive one that Kubernetes knows."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    digits, exponent, suffix = match.groups()
    value = Decimal(digits + (exponent or "")) * _FACTORS.get(suffix or "", Decimal(1))
    return value if 0 < value <= _LARGEST else None


def parse_bytes(text: str) -> int | None:
    """Return a size in whole bytes, rounded up as Kubernetes does, or None when it is not a size."""
    value = parse_quantity(text)
    if value is None or text.endswith("m"):
        return None
    return int(value.to_integral_value(rounding=ROUND_CEILING))
