"""What all routes work on, and how an object is made, changed, told about and shown with others inside."""

from typing import Any

from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.faults import Faults
from payments.gateway.standin.hooks import Hooks
from payments.gateway.standin.store import Store, Thing, public

VERSION = "2026-10-28.endive"
"""The version of Stripe's API whose shapes these are."""


class World:
    """One account. Customers reach the hosted pages at ``origin``; bank debits take ``pause`` seconds of the clock."""

    def __init__(self, store: Store, *, key: str, origin: str, pause: float = 2.0) -> None:
        self.store = store
        self.key = key
        self.origin = origin
        self.pause = pause
        self.hooks = Hooks(store, VERSION)
        self.faults = Faults(store.seed)

    def make(self, prefix: str, kind: str, **values: Any) -> Thing:
        """A new object with what all objects have."""
        ref = self.store.new_id(prefix)
        base = {"id": ref, "object": kind, "created": self.store.now()}
        if kind != "refund":  # The one object that does not tell its mode.
            base["livemode"] = False
        return self.store.add({**base, **values, "_place": self.store.state["made"]})

    def change(self, thing: Thing, told: str = "", **values: Any) -> Thing:
        """Change an object, and tell it as an event of this type."""
        self.store.change(thing, **values)
        if told:
            self.hooks.tell(told, thing)
        return thing

    def shown(self, thing: Thing, expand: list[str] | None = None) -> Thing:
        """An object as it is answered, with those inside that were asked for."""
        shown = public(thing)
        for path in expand or ():
            self._expand(shown, path.split("."), path)
        return shown

    def _expand(self, shown: Thing, steps: list[str], path: str) -> None:
        name, *rest = steps
        if name not in shown:
            raise ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
        inside = shown[name]
        if inside is None:
            return
        if isinstance(inside, str):
            found = self.store.any(inside)
            if found is None:
                raise ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
            inside = shown[name] = public(found)
        if rest:
            self._expand(inside, rest, path)
