from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('modeling', '0003_tracking'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingrun',
            name='priority',
            field=models.SmallIntegerField(choices=[(-1, 'Low'), (0, 'Normal'), (1, 'High')], default=0),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='holder',
            field=models.CharField(blank=True, help_text='whose share of the machines it takes from: the holder of its permit', max_length=80),
        ),
        migrations.AddIndex(
            model_name='trainingrun',
            index=models.Index(fields=['started_at', 'holder'], name='modeling_run_share'),
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.CheckConstraint(condition=models.Q(('priority__in', [-1, 0, 1])), name='modeling_trainingrun_priority_known'),
        ),
    ]
