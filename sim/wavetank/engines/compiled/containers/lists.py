"""Linked lists through the fields of structures, generated from their layouts.

A list has an owner, which holds its first member and mostly its last; the members hold the links. What writes
a link is generated here, from the names of the fields:

    join_live, leave_live = chain(AgentStream, "live", "last_live", Exchange, "next", "previous")
    join_live(flow, x)

Where the layouts have no such fields, or fields of another type, the import fails.
"""

from collections.abc import Callable
from typing import Any

from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, Layout

Joins = Callable[[Any, Any], None]
Takes = Callable[[Any], Any]

JOIN = """
def join_{first}(owner, member):
    member.{next} = NOTHING
    member.{previous} = owner.{last}
    if owner.{last}:
        owner.{last}.{next} = member
    else:
        owner.{first} = member
    owner.{last} = member
"""
LEAVE = """
def leave_{first}(owner, member):
    if member.{previous}:
        member.{previous}.{next} = member.{next}
    else:
        owner.{first} = member.{next}
    if member.{next}:
        member.{next}.{previous} = member.{previous}
    else:
        owner.{last} = member.{previous}
"""
TAKE = """
def take_{first}(owner):
    member = owner.{first}
    owner.{first} = member.{next}
    if not owner.{first}:
        owner.{last} = NOTHING
    member.{next} = NOTHING
    return member
"""
PUSH = """
def push_{first}(owner, member):
    member.{previous} = NOTHING
    member.{next} = owner.{first}
    if owner.{first}:
        owner.{first}.{previous} = member
    owner.{first} = member
"""


def queue(owner: type[Layout], first: str, last: str, member: type[Layout], link: str) -> tuple[Joins, Takes]:
    """Make the kernels of a list that is linked one way: `join` at the end, `take` the first of one or more.

    Raises TypeError if the layouts have no such fields, or fields of another type.
    """
    names = {"first": first, "last": last, "next": link}
    _check(owner, member, (first, last), (link,))
    return _kernel(JOIN, names), _kernel(TAKE, names)


def chain(
    owner: type[Layout], first: str, last: str, member: type[Layout], link: str, back: str
) -> tuple[Joins, Joins]:
    """Make the kernels of a list that is linked both ways: `join` at the end, `leave` from anywhere.

    Raises TypeError as `queue`.
    """
    names = {"first": first, "last": last, "next": link, "previous": back}
    _check(owner, member, (first, last), (link, back))
    return (_kernel(JOIN, names), _kernel(LEAVE, names))


def stack(owner: type[Layout], first: str, member: type[Layout], link: str, back: str) -> tuple[Joins, Joins]:
    """Make the kernels of a list whose last member nobody asks for: `push` in front, `leave` from anywhere.

    Raises TypeError as `queue`.
    """
    names = {"first": first, "next": link, "previous": back}
    _check(owner, member, (first,), (link, back))
    return (_kernel(PUSH, names), _kernel(LEAVE, names))


def _check(owner: type[Layout], member: type[Layout], ends: tuple[str, ...], links: tuple[str, ...]) -> None:
    for layout, names in ((owner, ends), (member, links)):
        for name in names:
            field = layout.fields.get(name)
            if field is None or field.of != member.__name__:
                raise TypeError(f"{layout.__name__} has no field {name} that points to {member.__name__}")


def _kernel(template: str, names: dict[str, str]) -> Any:
    """The kernel of a template, without the lines about ends and links that the list does not have."""
    lines = template.strip().splitlines()
    if "previous" not in names:
        lines = [line for line in lines if "{previous}" not in line]
    if "last" not in names:
        lines = [line for line in lines if "{last}" not in line]
        lines = lines[:-1] if lines[-1].strip() == "else:" else lines
    space: dict[str, Any] = {"NOTHING": NOTHING, "__name__": __name__}
    exec("\n".join(lines).format(**names), space)
    (made,) = (value for name, value in space.items() if name.endswith(f"_{names['first']}"))
    return kernel(made)


__all__ = ["chain", "queue", "stack"]
