"""Append-only tables: history is insert-only (house: promise 5), enforced by the database itself."""

from django.db import migrations

from governance.database.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [
        AppendOnly("governance_ledgerentry"),
        AppendOnly("governance_decision"),
        AppendOnly("governance_permit"),
        AppendOnly("governance_permitevent"),
        AppendOnly("governance_permituse"),
    ]
