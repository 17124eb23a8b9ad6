"""The numbers of payments: one sequence for each marketplace, without gaps (ADR 60, I12)."""

from django.db import connection


def take_number(marketplace_id: int) -> int:
    """Take the marketplace's next number, once nothing else stands in the payment's way.

    The counter stays locked until commit, after all rows that the verb locks; a payment that is refused gives it back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_paymentnumbers (marketplace_id, last_number) VALUES (%s, 1)"
            " ON CONFLICT (marketplace_id) DO UPDATE SET last_number = payments_paymentnumbers.last_number + 1"
            " RETURNING last_number",
            [marketplace_id],
        )
        return int(cursor.fetchone()[0])
