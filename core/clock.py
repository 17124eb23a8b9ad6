"""The database's clock: leases and stamps use it, so that machines with different clocks agree."""

from datetime import UTC, datetime

from django.db import connection

_QUESTION = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
}


def database_now() -> datetime:
    """The moment it is for the database, aware and in UTC; within a transaction it moves on."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION[connection.vendor])
        (answer,) = cursor.fetchone()
    if isinstance(answer, str):
        return datetime.fromisoformat(answer).replace(tzinfo=UTC)
    moment: datetime = answer
    return moment.astimezone(UTC)
