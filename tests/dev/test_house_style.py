"""The measurable rules of the house: sizes, docstrings, and the imports that import-linter cannot see."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from dev import PROJECT

FOLDERS = ("components", "dev", "hooks", "stacks")
MODULES = [PROJECT / "contract.py", *sorted(file for name in FOLDERS for file in (PROJECT / name).rglob("*.py"))]
MODULE_LINES, FUNCTION_LINES, PARAMETERS = 300, 40, 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of_code(function: Function) -> int:
    """The lines of a function without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    told = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - told


def too_big(module: Path) -> Iterator[str]:
    text = module.read_text()
    if len(text.splitlines()) >= MODULE_LINES:
        yield f"{module}: {len(text.splitlines())} lines"
    for function in functions(ast.parse(text)):
        if lines_of_code(function) >= FUNCTION_LINES:
            yield f"{module}: {function.name} has {lines_of_code(function)} lines"
        taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        named = [argument for argument in taken if argument.arg not in {"self", "cls"}]
        if len(named) > PARAMETERS:
            yield f"{module}: {function.name} takes {len(named)} parameters"


def test_pieces_are_small() -> None:
    assert [finding for module in MODULES for finding in too_big(module)] == []


def test_a_module_says_its_place() -> None:
    texts = {module: module.read_text() for module in MODULES}
    assert [module for module, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_no_module_is_a_drawer() -> None:
    assert [module for module in MODULES if module.stem in {"utils", "helpers", "common", "misc"}] == []


def test_nothing_is_left_to_do() -> None:
    marks = {"TODO", "FIXME", "XXX"}
    assert [module for module in MODULES if marks & set(module.read_text().replace(":", " ").split())] == []


def test_the_contract_imports_only_the_standard_library() -> None:
    for node in ast.walk(ast.parse((PROJECT / "contract.py").read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
