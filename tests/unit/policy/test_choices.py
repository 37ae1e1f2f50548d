"""Every choice by an enumeration names all of its members."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wavetank
from wavetank.policy import codes
from wavetank.policy.choices import MissingBranch, names_all
from wavetank.policy.codes import Strategy
from wavetank.protocol import order, tables

PACKAGE = Path(wavetank.__file__).parent
CHOOSING = ("policy", "protocol", "engines")
"""The packages that decide what a simulated agent or server does."""
ENUMERATIONS = {
    name
    for module in (codes, order, tables)
    for name, value in vars(module).items()
    if isinstance(value, type) and hasattr(value, "__members__") and value.__members__
}


def compared(function: ast.AST) -> dict[str, set[str]]:
    """By enumeration, the members that a function compares something with."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            for part in ast.walk(node):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                    names.setdefault(part.value.id, set()).add(part.attr)
    return {name: members for name, members in names.items() if name in ENUMERATIONS}


def named(tree: ast.Module) -> set[str]:
    """The enumerations of which a module names all members."""
    names = set()
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "names_all":
            assert isinstance(call.args[1], ast.Name)
            names.add(call.args[1].id)
    return names


def choices() -> Iterator[tuple[str, str]]:
    """Yield (module, enumeration) for every function that tells two members or more apart."""
    for package in CHOOSING:
        for path in sorted((PACKAGE / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            known = named(tree)
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    for name, members in compared(function).items():
                        if len(members) > 1 and name not in known:
                            yield str(path.relative_to(PACKAGE)), name


def test_a_module_that_tells_members_apart_names_all_of_them() -> None:
    assert sorted(set(choices())) == []


def test_a_member_without_a_branch_is_refused() -> None:
    with pytest.raises(MissingBranch, match=r"^here has no branch for Strategy.KEEP_ALIVE$"):
        names_all("here", Strategy, "PER_REQUEST")
