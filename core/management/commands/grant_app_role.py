"""Give the product's runtime role what it needs and no more: ``bin/offset grant_app_role offset``."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql

# Row-level triggers that refuse every UPDATE (16) or DELETE (8) tell which tables are only added to; those that keep
# a number's row refuse DELETE. So the grants follow the guards, and a new guarded table needs no line here.
_GUARDED = """
SELECT c.relname, bool_or(p.proname = 'offset_append_only' AND t.tgtype & 16 = 16)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgtype & 1 = 1 AND t.tgtype & 8 = 8
    AND (p.proname = 'offset_append_only' OR t.tgname ~ '^i12_.*_kept$')
GROUP BY c.relname ORDER BY c.relname
"""
_ROLE = """
SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r'
    AND c.relnamespace = current_schema()::regnamespace)
FROM pg_roles r WHERE rolname = %s
"""


class Command(BaseCommand):
    """Run by the owner after every migrate; running it again gives the same."""

    help = (
        "Let a role use the tables, but neither change nor delete what is only added to, nor delete numbered documents."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role in DATABASE_URL; DATABASE_OWNER_URL names the owner, who runs this")

    @transaction.atomic
    def handle(self, *_args: object, role: str, **_options: object) -> None:
        """Grant and report; all or nothing."""
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no roles: whoever can open its file can change it.")
        with connection.cursor() as cursor:
            cursor.execute(_ROLE, [role])
            found = cursor.fetchone()
            if found is None:
                raise CommandError(f"There is no role {role}; create it first.")
            if found[0]:
                raise CommandError(f"{role} is a superuser or owns the tables, so grants don't bind it.")
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
            cursor.execute(_GUARDED)
            guarded = cursor.fetchall()
        added_to = [table for table, append_only in guarded if append_only]
        kept = [table for table, append_only in guarded if not append_only]
        self._grant(role, schema, added_to, kept)
        self.stdout.write(f"{role} may read and add everywhere, and change or delete what is not listed here.")
        self.stdout.write(f"Only added to: {', '.join(added_to)}.")
        self.stdout.write(f"Never deleted: {', '.join(kept)}.")

    def _grant(self, role: str, schema: str, added_to: list[str], kept: list[str]) -> None:
        names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema)}
        wide = (
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        )
        per_table = [("REVOKE UPDATE, DELETE ON {table} FROM {role}", table) for table in added_to]
        per_table += [("REVOKE DELETE ON {table} FROM {role}", table) for table in kept]
        with connection.cursor() as cursor:
            for statement in wide:
                cursor.execute(sql.SQL(statement).format(**names).as_string(cursor.cursor))
            for statement, table in per_table:
                text = sql.SQL(statement).format(**names, table=sql.Identifier(table))
                cursor.execute(text.as_string(cursor.cursor))
