"""Bodies and queries as Stripe takes them (``a[b]=c``, ``a[0]=c``), checked against what a route knows."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from payments.gateway.standin.errors import ApiError

Spec = Mapping[str, Any]
"""What a route knows: for each name "str", "int", "bool", "list", "hash" or a Spec; "!" behind it: it must be there."""

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_INTEGER = re.compile(r"-?[0-9]{1,15}")


def decode(text: str) -> dict[str, Any]:
    """The nested values of an encoded form."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=500):
        match = _NAME.match(name)
        if match is None:
            raise ApiError(400, f"Invalid request (check your parameters): {name}")
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(found, steps, value)
    return {name: _lists(value) for name, value in found.items()}


def _put(into: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        inner = into.setdefault(step or str(len(into)), {})
        if not isinstance(inner, dict):
            raise ApiError(400, f"Invalid request (check your parameters): {step}")
        into = inner
    into[steps[-1] or str(len(into))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def checked(values: Mapping[str, Any], spec: Spec, under: str = "") -> dict[str, Any]:
    """The values in their types. An unknown name, a missing or a wrong value is refused as Stripe does."""
    for name in values:
        if name not in spec:
            shown = f"{under}[{name}]" if under else name
            raise ApiError(400, f"Received unknown parameter: {shown}", code="parameter_unknown", param=shown)
    found = {}
    for name, told in spec.items():
        shown = f"{under}[{name}]" if under else name
        kind, must = (told.rstrip("!"), told.endswith("!")) if isinstance(told, str) else (told, False)
        if name in values:
            found[name] = _typed(values[name], kind, shown)
        elif must:
            raise ApiError(400, f"Missing required param: {shown}.", code="parameter_missing", param=shown)
    return found


def _typed(value: Any, kind: Any, shown: str) -> Any:
    if isinstance(kind, Mapping):
        return checked(_of(dict, value, shown), kind, shown)
    return _READERS[kind](value, shown)


def _integer(value: Any, shown: str) -> int:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise ApiError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=shown)
    return int(value)


def _switch(value: Any, shown: str) -> bool:
    if value not in {"true", "false"}:
        raise ApiError(400, f"Invalid boolean: {value}", param=shown)
    return bool(value == "true")


def _text(value: Any, shown: str) -> str:
    text: str = _of(str, value, shown)
    if not text:
        message = f"You passed an empty string for '{shown}'."
        raise ApiError(400, message, code="parameter_invalid_empty", param=shown)
    return text


def _hash(value: dict[str, Any], shown: str) -> dict[str, Any]:
    for name, text in value.items():
        if not isinstance(text, str) or len(name) > 40 or len(text) > 500:  # noqa: PLR2004 - Stripe's limits
            raise ApiError(400, f"Invalid metadata: {name}", param=f"{shown}[{name}]")
    return value


def _of(kind: type, value: Any, shown: str) -> Any:
    if not isinstance(value, kind):
        message = f"Invalid {'array' if kind is list else 'object' if kind is dict else 'string'}"
        raise ApiError(400, message, param=shown)
    return value


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "int": _integer,
    "bool": _switch,
    "str": _text,
    "list": lambda value, shown: _of(list, value, shown),
    "hash": lambda value, shown: {} if value == "" else _hash(_of(dict, value, shown), shown),
}
