"""Append-only table: the texts of drafts before their edits are history (house: promise 5)."""

from django.db import migrations

from governance.database.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("governance", "0003_drafts")]

    operations = [AppendOnly("governance_draftedit")]
