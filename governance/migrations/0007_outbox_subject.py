from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0006_department_head"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxdelivery",
            index=models.Index(fields=["subject_kind", "subject_id"], name="governance_outbox_subject"),
        ),
    ]
