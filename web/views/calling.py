"""One domain call from a form: at most one effect for each form token, retried whole, refused in words."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.http import QueryDict

from core import idempotency
from core.actors import Actor
from core.errors import guards_as_refusals
from core.models import IdempotencyRecord
from core.retry import retry

NOT_BODY = ("csrfmiddlewaretoken", "token", "password")
"""What says nothing of the content; of a password not even a hash is stored."""
Answer = dict[str, object]


def token_of(data: QueryDict) -> str:
    """The form's token, or a new one where it is missing or is none of ours."""
    try:
        return str(UUID(data.get("token", "")))
    except ValueError:
        return str(uuid4())


def answered(*, actor: Actor, operation: str, key: str, data: QueryDict) -> Answer | None:
    """What this very form was answered when it was sent before; for forms whose checks depend on what it changed."""
    record = IdempotencyRecord.objects.filter(
        marketplace_id=actor.marketplace_id, actor_id=actor.user_id or 0, operation=operation, key=key
    ).first()
    if record is None or record.body_hash != idempotency.fingerprint(_body(data)):
        return None
    result: Answer = record.result
    return result


def _body(data: QueryDict) -> dict[str, list[str]]:
    return {name: values for name, values in data.lists() if name not in NOT_BODY}


def once(
    call: Callable[[], Answer], *, actor: Actor, operation: str, key: str, data: QueryDict, now: datetime
) -> Answer:
    """What ``call`` answered, now or when the same form was sent before; ``call`` runs inside the transaction.

    Raises its refusals, and DuplicateRequest for another content under the same token. A refusal gives the token back,
    so that the corrected form may use it again.
    """
    body = _body(data)

    def whole() -> Answer:
        with transaction.atomic():
            before = idempotency.claim(actor=actor, operation=operation, key=key, body=body, now=now)
            if before is not None:
                stored: Answer = before.result
                return stored
            answer = call()
            idempotency.remember(actor=actor, operation=operation, key=key, result=answer)
            return answer

    return called(whole)


def called(call: Callable[[], Answer]) -> Answer:
    """Run one whole transaction, again after a deadlock; a broken database guard becomes its refusal."""
    with guards_as_refusals():
        return call() if connection.in_atomic_block else retry(call)
