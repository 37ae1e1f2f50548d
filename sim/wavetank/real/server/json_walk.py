"""A JSON value of any size, walked through token by token: never more than a millisecond in one call to C.

Runs of small scalars are taken at once, for speed; all else follows the grammar of RFC 8259, with a stack
of our own.
"""

import math
import re

from wavetank.real.transports.server.messages import Refused

DEEPEST = 64
"""Containers inside one another; what nests deeper is meant to exhaust somebody's stack."""
# As many digits as Python turns into an int (sys.int_info.default_max_str_digits); more are no measurement.
_MOST_DIGITS = 4300
# Nothing here can be read in two ways, so that no pattern goes back and each takes linear time.
SPACE = re.compile(r"[ \t\n\r]*+")
_STRING_PART = re.compile(
    r'(?:[^"\\\x00-\x1f]{1,4096}+|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})){0,256}',
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_GAP = r"[ \t\n\r]{0,8}+"
SMALL = r'(?:"[^"\\\x00-\x1f]{0,64}+"|-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?|true|false|null|\[\]|\{\})'
_ITEMS = re.compile(rf"(?:{_GAP}{SMALL}{_GAP},){{1,256}}")
_MEMBERS = re.compile(rf'(?:{_GAP}"[^"\\\x00-\x1f]{{0,64}}+"{_GAP}:{_GAP}{SMALL}{_GAP},){{1,256}}')
_CLOSING = {"[": "]", "{": "}"}


def not_json() -> Refused:
    """The answer to a text that is no JSON."""
    return Refused(400, "not JSON", "json")


def too_deep() -> Refused:
    """The answer to a text with too many containers inside one another."""
    return Refused(400, f"nested over {DEEPEST} levels", "json")


def finite(text: str) -> float:
    """A number with a fraction or an exponent. Raises Refused(422) when no finite number is meant."""
    if len(text) > _MOST_DIGITS:
        raise Refused(422, f"a number of more than {_MOST_DIGITS} characters", "fields")
    value = float(text)
    if math.isinf(value):
        raise Refused(422, f"a number that is too large: {text[:32]}", "fields")
    return value


def end_of_value(text: str, at: int, room: int) -> int:
    """Where the value ends that begins at `at`, with at most `room` containers inside one another.

    Raises Refused: 400 when it is no JSON or nests deeper, 422 for a number that is not finite.
    """
    stack: list[str] = []
    while True:
        opened = text[at : at + 1]
        if opened in _CLOSING:
            if len(stack) == room:
                raise too_deep()
            stack.append(_CLOSING[opened])
            at = _space(text, at + 1)
            if text[at : at + 1] != stack[-1]:
                at = _item(text, at, stack, room)
                continue
        else:
            at = _scalar(text, at)
            if not stack:
                return at
            at = _space(text, at)
        while stack and text[at : at + 1] == stack[-1]:
            stack.pop()
            at += 1
            if not stack:
                return at
            at = _space(text, at)
        if text[at : at + 1] != ",":
            raise not_json()
        at = _item(text, _space(text, at + 1), stack, room)


def _item(text: str, at: int, stack: list[str], room: int) -> int:
    """Where the next value to walk into begins: behind small ones, and behind its name in an object."""
    named = stack[-1] == "}"
    if len(stack) < room and (run := (_MEMBERS if named else _ITEMS).match(text, at)):
        at = _space(text, run.end())
    if named:
        if text[at : at + 1] != '"':
            raise not_json()
        at = _space(text, _string(text, at + 1))
        if text[at : at + 1] != ":":
            raise not_json()
        at = _space(text, at + 1)
    return at


def _space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at


def _scalar(text: str, at: int) -> int:
    if text[at : at + 1] == '"':
        return _string(text, at + 1)
    for word in ("true", "false", "null"):
        if text.startswith(word, at):
            return at + len(word)
    number = _NUMBER.match(text, at)
    if number is None:
        raise not_json()
    digits = number[0].lstrip("-")
    if not digits.isdecimal():
        finite(number[0])
    elif len(digits) > _MOST_DIGITS:
        raise not_json()
    return number.end()


def _string(text: str, at: int) -> int:
    """Where a string ends whose opening quote is behind."""
    while True:
        part = _STRING_PART.match(text, at)
        end = part.end() if part else at
        if text[end : end + 1] == '"':
            return end + 1
        if end == at:
            raise not_json()
        at = end
