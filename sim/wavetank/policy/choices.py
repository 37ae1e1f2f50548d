"""A choice names every member of its enumeration: checked when the module that chooses is imported.

A branch that is forgotten does not fail: a new balancer policy would quietly run as another one. So a module
that chooses by an enumeration lists the members that it has a branch for.
"""

from enum import IntEnum


class MissingBranch(NotImplementedError):
    """Raised at import: a module has no branch for a member of an enumeration by which it chooses."""


def names_all(module: str, choices: type[IntEnum], known: str) -> None:
    """Check that a module has a branch for every member of an enumeration.

    Parameters
    ----------
    module : str
        `__name__` of the module that chooses.
    choices : type[IntEnum]
        The enumeration.
    known : str
        The names of the members that the module has a branch for, with spaces between them.

    Raises
    ------
    MissingBranch
        Naming the members without a branch, and the module that needs one.

    Examples
    --------
    >>> from wavetank.policy.codes import Strategy
    >>> names_all("here", Strategy, "PER_REQUEST KEEP_ALIVE")
    """
    names = known.split()
    missing = [member.name for member in choices if member.name not in names]
    if missing:
        raise MissingBranch(f"{module} has no branch for {choices.__name__}.{', '.join(missing)}")


__all__ = ["MissingBranch", "names_all"]
