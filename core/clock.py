"""The database's clock: leases and stamps use it, so that machines with different clocks agree."""

from datetime import UTC, datetime

from django.db import connection

_QUESTION = {
    "postgresql": "SELECT clock_timestamp()",
    # SQLite counts milliseconds: the end of this one, so that what was stamped during it is not in the future. It also
    # compares texts, and a moment without a fraction ("12:00:06") would stand before its equal ("12:00:06.000").
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') || '999'",
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
