"""Kubernetes quantities are read exactly as Kubernetes reads them."""

from decimal import Decimal

import pytest

from components.spec.quantities import parse_bytes, parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", "1"),
        ("500m", "0.5"),
        ("1.5Gi", "1610612736"),
        ("2k", "2000"),
        ("2Ki", "2048"),
        ("1e3", "1000"),
        ("1E", "1000000000000000000"),
        ("1Ei", "1152921504606846976"),
        (".5", "0.5"),
    ],
)
def test_a_quantity_means_what_kubernetes_means_by_it(text: str, number: str) -> None:
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1gb", "-1", "0", "1KiB", "0x10", "1mi", "1.2.3"])
def test_what_is_no_positive_quantity_is_none(text: str) -> None:
    assert parse_quantity(text) is None


def test_a_size_in_thousandths_of_a_byte_is_a_typing_error() -> None:
    assert parse_bytes("700m") is None


def test_a_fraction_of_a_byte_is_rounded_up() -> None:
    assert parse_bytes("0.0001Ki") == 1
