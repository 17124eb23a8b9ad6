"""What payments do about events: use money on account automatically, ask payment providers and hear what they say."""

from payments.handlers import allocating, asking, events


def register_all() -> None:
    """Called from AppConfig.ready."""
    allocating.register_all()
    asking.register_all()
    events.register_all()
