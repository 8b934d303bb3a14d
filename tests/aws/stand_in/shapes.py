"""Whether JSON fits the shapes by which botocore's models describe what services take and give."""

import base64
import binascii
import json
import re

from .refusal import Refusal

JSON_TYPES = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}


def check_input(shape, value):
    """Refuse, as AWS does, what does not fit; and also members that the shape does not know, which AWS
    overlooks."""
    unreadable, broken = [], []
    walk(shape, value, "", unreadable, broken)
    if unreadable:
        raise Refusal("SerializationException", unreadable[0])
    if broken:
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise Refusal("ValidationException", f"{count}: {'; '.join(broken)}")


def check_output(shape, value):
    """Fail if an answer is not what the service could give."""
    unreadable, broken = [], []
    walk(shape, value, "", unreadable, broken)
    if unreadable or broken:
        raise AssertionError(f"no answer of the service: {unreadable + broken}")


def walk(shape, value, path, unreadable, broken):
    """Note what can't be read as the shape at all, and where a limit of it is broken."""
    kind = shape.type_name
    if not isinstance(value, JSON_TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        unreadable.append(f"{path or 'the request'} is no {kind}")
        return
    if kind == "blob":
        value = decode(value, path, unreadable)
    broken.extend(
        f"Value {shown(value)} at '{path}' failed to satisfy constraint: {limit}"
        for limit in broken_limits(shape, value)
    )
    for member_shape, member, member_path in members(shape, value, path, unreadable, broken):
        walk(member_shape, member, member_path, unreadable, broken)


def decode(text, path, unreadable):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        unreadable.append(f"{path} is no base64")
        return b""


def shown(value):
    text = f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
    return f"'{text[:100]}'"


def members(shape, value, path, unreadable, broken):
    """Yield the shape, the value and the path of each part."""
    if shape.type_name == "list":
        for index, member in enumerate(value):
            yield shape.member, member, f"{path}.{index + 1}.member"
    elif shape.type_name == "map":
        for name, member in value.items():
            yield shape.key, name, f"{path}.key"
            yield shape.value, member, f"{path}.{name}"
    elif shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                place = join(path, name)
                broken.append(f"Value null at '{place}' failed to satisfy constraint: Member must not be null")
        for name, member in value.items():
            if name not in shape.members:
                broken.append(f"there is no member '{join(path, name)}'")
            else:
                yield shape.members[name], member, join(path, name)


def join(path, name):
    """Name a member as AWS's messages do."""
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def broken_limits(shape, value):
    """Yield the limits of the shape that a value breaks, in AWS's words."""
    limits = shape.metadata
    if isinstance(value, (str, bytes)):
        yield from outside(limits, len(value), "length ")
    elif isinstance(value, (list, dict)):
        yield from outside(limits, len(value), "length ")
    elif not isinstance(value, bool):
        yield from outside(limits, value, "value ")
    if "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if "pattern" in limits and not re.fullmatch(python_pattern(limits["pattern"]), value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"


def outside(limits, size, what):
    if "min" in limits and size < limits["min"]:
        yield f"Member must have {what}greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"Member must have {what}less than or equal to {limits['max']}"


def python_pattern(pattern):
    """Spell one of Java's patterns for Python. What it has no word for fails when it is compiled."""
    return pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]")


def parse(body):
    """Read the JSON object that is a request's body, strictly."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=without_twins, parse_constant=no_json)
    except (ValueError, RecursionError) as error:
        raise Refusal("SerializationException", str(error)) from None
    return value


def without_twins(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)


def no_json(name):
    raise ValueError(f"{name} is no JSON")
