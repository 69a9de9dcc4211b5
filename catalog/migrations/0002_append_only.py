"""Append-only tables: versions, outcomes and lineage are history (house: promise 5)."""

from django.db import migrations

from governance.database.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        AppendOnly("catalog_datasetversion"),
        AppendOnly("catalog_column"),
        AppendOnly("catalog_recipeversion"),
        AppendOnly("catalog_ruleoutcome"),
        AppendOnly("catalog_profile"),
        AppendOnly("catalog_quarantine"),
        AppendOnly("catalog_lineageedge"),
    ]
