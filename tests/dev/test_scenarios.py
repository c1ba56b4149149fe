"""Claims about docs/scenarios.md: it lists every scenario, and every test that it names tells that story."""

import re

import pytest

from dev import scenarios


def test_every_scenario_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", scenarios.TARGET.read_text(), flags=re.MULTILINE)
    assert {int(number): title for number, title in rows} == scenarios.titles()
    assert list(scenarios.titles()) == list(range(1, 88))


def test_every_test_that_the_page_names_tells_that_story() -> None:
    """Coverage that came since is welcome and no error; a claim that is not true any more is one."""
    carried = scenarios.carried()
    for number, tests in re.findall(r"^\| (\d+) \| .+? \| (.+) \|$", scenarios.TARGET.read_text(), flags=re.MULTILINE):
        for test in re.findall(r"`([^`]+)`", tests):
            assert test in carried[int(number)], f"{test} does not carry scenario {number}: run `make scenarios`"


def test_a_test_carries_only_numbers_that_exist() -> None:
    assert scenarios.carried().keys() <= scenarios.titles().keys()


@pytest.mark.parametrize(
    ("told", "numbers"),
    [
        ("", set()),
        ("Scenario 5.", {5}),
        ("Scenario 1, by rack.", {1}),
        ("Scenarios 4, 18 and 42: no `finally` runs.", {4, 18, 42}),
        ("Scenarios 26 to 29.", {26, 27, 28, 29}),
        ("It is 5 o'clock. Scenario 3; also scenario 9.", {3}),
    ],
)
def test_numbers_are_read_from_a_docstring(told: str, numbers: set[int]) -> None:
    assert scenarios._numbers(told) == numbers
