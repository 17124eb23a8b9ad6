"""Idempotency keys as Stripe documents them.

Once a call began to be carried out, its answer is kept for the key, whatever it was, for 24 hours of the clock, and
given again. Another content is refused, and so is the same call while the first one runs. What was refused before it
began (a wrong parameter, a wrong key of the account) is not kept.
"""

import json
from hashlib import sha256
from typing import Any

from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.store import DAY, Thing
from payments.gateway.standin.world import World

LONGEST = 255


def begin(world: World, key: str, path: str, params: dict[str, Any]) -> Thing | None:
    """Take the key for a call that starts now: None; or what was answered before. Raises ApiError."""
    if len(key) > LONGEST:
        raise ApiError(400, "Idempotency keys may have at most 255 characters.")
    ref = _ref(key)
    digest = sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()
    found = world.store.any(ref)
    if found is None or world.store.now() - found["created"] >= DAY:
        fresh = {"created": world.store.now(), "digest": digest, "status": 0, "body": None}
        if found is None:
            world.store.add({"id": ref, "object": "_key", **fresh})
        else:
            world.store.change(found, **fresh)
        return None
    if found["digest"] != digest:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise ApiError(400, message, kind="idempotency_error")
    if not found["status"]:
        message = f"There is currently another in-progress request using this idempotency key: {key}."
        raise ApiError(409, message, kind="idempotency_error", code="idempotency_key_in_use")
    return found


def end(world: World, key: str, status: int, body: Any) -> None:
    """Keep what is answered."""
    found = world.store.any(_ref(key))
    if found is not None:
        world.store.change(found, status=status, body=body)


def forget_unfinished(world: World) -> None:
    """At a start: calls that were running when the process ended have no answer, and may be made again."""
    for found in world.store.all("_key"):
        if not found["status"]:
            world.store.change(found, created=0)


def _ref(key: str) -> str:
    return f"_key_{sha256(key.encode()).hexdigest()}"
