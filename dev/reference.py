"""Writes docs/reference.md: every setting of a stack file, from the strings under the arguments themselves."""

import ast
import re
from collections.abc import Iterator, Sequence

import yaml

from components.spec.reading import camel_case
from dev import PROJECT
from dev.progress import Progress

TARGET = PROJECT / "docs" / "reference.md"
_HEAD = "# Settings of a stack file\n\nMade from the code by `make reference`; a test keeps it current.\n"
_SOURCES = (
    "stacks/settings.py",
    "stacks/updates.py",
    "stacks/topics.py",
    "stacks/users.py",
    "stacks/plain_users.py",
    "stacks/quotas.py",
    "components/args.py",
    "components/access_args.py",
    "components/network_args.py",
    "components/pod_args.py",
    "components/service_args.py",
    "stacks/connectors.py",
    "stacks/mirrors.py",
    "stacks/schemas.py",
)
#: These join the sections; what they hold is the table of the file itself.
_JOINED = frozenset({"Settings", "ClusterArgs", "ServicesArgs"})
_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
Row = tuple[str, str, str]


def text() -> str:
    """Return the whole page: the keys of the file first, then what each section holds."""
    schema = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    rows = [(key, entry["type"], entry["description"]) for key, entry in schema.items()]
    found = [node for file in _SOURCES for node in ast.parse((PROJECT / file).read_text()).body]
    kinds = [node for node in found if isinstance(node, ast.ClassDef) and node.name not in _JOINED]
    sections = [_table(_title(kind.name), ast.get_docstring(kind) or "", list(_rows(kind))) for kind in kinds]
    return "\n".join([_HEAD, _table("The file", "Under `config`.", rows), *sections])


def command(_arguments: Sequence[str], progress: Progress) -> int:
    """`make reference`."""
    TARGET.write_text(text())
    progress.say(f"wrote {TARGET.relative_to(PROJECT)}")
    return 0


def _title(name: str) -> str:
    return re.sub("Args$|Settings$", "", name)


def _rows(kind: ast.ClassDef) -> Iterator[Row]:
    """Yield name, kind and meaning of each field; its meaning is the string under it."""
    for field, below in zip(kind.body, kind.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            given = field.value.value if isinstance(field.value, ast.Constant) else None
            default = f" Default {given:g}." if isinstance(given, float) else ""
            meaning = " ".join(ast.literal_eval(below.value).split()) + default
            yield camel_case(ast.unparse(field.target)), _kind(ast.unparse(field.annotation)), meaning


def _kind(annotation: str) -> str:
    """Return a type in words; that of another section leads there."""
    kind = re.sub(r"^NotRequired\[(.*)\]$|^(.*) \| None$", lambda m: f"{m[1] or m[2]}, optional", annotation)
    kind = re.sub(r"^tuple\[(\w+), \.\.\.\]", r"list of \1", kind)
    kind = re.sub(r"\b(Scram|Plain|Acl|Quota|MirrorSource|Registry|SchemaReference|Subject)Settings\b", r"\1Args", kind)
    kind = re.sub(r"^(dict|Mapping)\[.*\]", "mapping", kind)
    kind = re.sub(r"Literal\[(.*?)\]", lambda m: " or ".join(f"`{w}`" for w in ast.literal_eval(f"[{m[1]}]")), kind)
    kind = re.sub(r"list\[(\w+)\]", r"list of \1", kind)
    kind = re.sub(r"^list of str\b", "list of text", kind)
    kind = re.sub(r"^(str|int|float|bool)\b", lambda m: _WORDS[m[1]], kind)
    return re.sub(r"(\w+)Args", lambda m: f"[{m[1]}](#{m[1].lower()})", kind)


def _table(title: str, said: str, rows: list[Row]) -> str:
    lines = [f"## {title}", "", " ".join(said.split()), "", "| key | value | meaning |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in rows), ""])
