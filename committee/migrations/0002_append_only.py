"""Append-only tables of the committee room (house: promise 5)."""

from django.db import migrations

from governance.database.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("committee", "0001_initial")]

    operations = [
        AppendOnly("committee_charter"),
        AppendOnly("committee_caseevent"),
        AppendOnly("committee_dossier"),
    ]
