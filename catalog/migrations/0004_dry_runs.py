"""Dry runs: a standard tried out, on a sample or on all rows; and the very text each check was asked for with."""

from django.db import migrations, models


def fill_digests(apps, schema_editor):
    """Until now a version's text never changed, so each run was asked for with the one its version has."""
    run = apps.get_model("catalog", "ValidationRun")
    version = apps.get_model("governance", "StandardVersion")
    digest = version.objects.filter(pk=models.OuterRef("standard_version")).values("digest")[:1]
    run.objects.filter(standard_digest="").update(standard_digest=models.Subquery(digest))


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_validation_in_the_platform"),
        ("governance", "0004_append_only_edits"),
    ]

    operations = [
        migrations.AddField(
            model_name="validationrun",
            name="dry_run",
            field=models.BooleanField(
                default=False, help_text="tries a standard out; never evidence of a gate"
            ),
        ),
        migrations.AddField(
            model_name="validationrun",
            name="sample_rows",
            field=models.PositiveIntegerField(
                blank=True, help_text="the first so many rows are judged; empty: all of them", null=True
            ),
        ),
        migrations.AddField(
            model_name="validationrun",
            name="standard_digest",
            field=models.CharField(
                blank=True,
                default="",
                help_text="of the text it was asked for with: a draft may be edited since",
                max_length=80,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill_digests, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="validationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("dry_run", True), ("sample_rows", None), _connector="OR"),
                name="catalog_validationrun_sample_is_dry",
            ),
        ),
    ]
