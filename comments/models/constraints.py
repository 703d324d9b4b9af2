"""A rule over two rows that Django has no constraint for: what a row points to shares a column with it."""

from django.db import models


class SharedWithParent(models.BaseConstraint):
    """``FOREIGN KEY (parent, shared) REFERENCES (id, shared)`` inside one table, on SQLite and PostgreSQL.

    The database itself then refuses a reply whose parent is in another discussion. Needs a unique constraint over
    (id, shared); a row without a parent passes, because a key with a NULL part is not checked.
    """

    def __init__(self, *, parent: str, shared: str, name: str):
        super().__init__(name=name)
        self.parent, self.shared = parent, shared

    def _clause(self, model, schema_editor) -> str:
        quote = schema_editor.quote_name
        parent, shared = (quote(model._meta.get_field(name).column) for name in (self.parent, self.shared))
        own_key, table = quote(model._meta.pk.column), quote(model._meta.db_table)
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({parent}, {shared}) "
            f"REFERENCES {table} ({own_key}, {shared}) DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(self, model, schema_editor):
        return self._clause(model, schema_editor)

    def create_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor._remake_table(model)  # SQLite takes constraints only with the whole table
            return None
        return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} ADD {self._clause(model, schema_editor)}"

    def remove_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor._remake_table(model)
            return None
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return f"ALTER TABLE {table} DROP CONSTRAINT {name}"

    def validate(self, model, instance, exclude=None, using=None):
        """Left to the database: the actions check it in words, and a form never sets these columns."""

    def deconstruct(self):
        path, _, kwargs = super().deconstruct()
        return path, (), {**kwargs, "parent": self.parent, "shared": self.shared}

    def __eq__(self, other):
        return isinstance(other, SharedWithParent) and self.deconstruct() == other.deconstruct()

    __hash__ = models.BaseConstraint.__hash__
