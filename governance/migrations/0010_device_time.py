"""How long runs held devices, beside their CPU time, on every use of a permit."""

from django.db import migrations, models

from governance.database.triggers import AppendOnlyAgain


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0009_home_counts'),
    ]

    operations = [
        migrations.AddField(
            model_name='permituse',
            name='device_seconds',
            field=models.FloatField(default=0),
        ),
        migrations.AddConstraint(
            model_name='permituse',
            constraint=models.CheckConstraint(condition=models.Q(('device_seconds__gte', 0)), name='governance_permituse_device_not_negative'),
        ),
        AppendOnlyAgain("governance_permituse"),
    ]
