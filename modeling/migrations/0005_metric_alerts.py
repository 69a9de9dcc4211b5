import django.db.models.deletion
import governance.models.base
from django.conf import settings
from django.db import migrations, models


def name_series(apps, schema_editor):
    """Every metric there is, to be counted by the clock: a migration does not read millions of points."""
    points = apps.get_model("modeling", "MetricPoint")
    series = apps.get_model("modeling", "MetricSeries")
    found = points.objects.order_by().values_list("run_id", "metric").distinct()
    rows = (series(run_id=run, metric=metric, recount=True) for run, metric in found.iterator(1000))
    series.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('modeling', '0004_queue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MetricAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.CharField(default=governance.models.base.new_uid, editable=False, max_length=64, unique=True)),
                ('kind', models.CharField(choices=[('below', 'A metric falls below a value'), ('above', 'A metric rises above a value'), ('broken', 'A metric is no finite number'), ('silent', 'Nothing is heard of the run'), ('ended', 'The run ends')], max_length=12)),
                ('metric', models.CharField(blank=True, max_length=80)),
                ('threshold', models.FloatField(null=True)),
                ('minutes', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='modeling.trainingplan')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='modeling.trainingrun')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='AlertFiring',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveIntegerField(null=True)),
                ('value', models.FloatField(null=True)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='firings', to='modeling.trainingrun')),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='firings', to='modeling.metricalert')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='MetricSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=80)),
                ('points', models.PositiveIntegerField(default=0)),
                ('last', models.FloatField(null=True)),
                ('last_step', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(null=True)),
                ('low', models.FloatField(null=True)),
                ('low_step', models.PositiveIntegerField(default=0)),
                ('high', models.FloatField(null=True)),
                ('high_step', models.PositiveIntegerField(default=0)),
                ('recount', models.BooleanField(default=False)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='series', to='modeling.trainingrun')),
            ],
            options={
                'ordering': ['metric'],
            },
        ),
        migrations.AddConstraint(
            model_name='metricalert',
            constraint=models.CheckConstraint(condition=models.Q(('run__isnull', True), ('plan__isnull', True), _connector='XOR'), name='modeling_metricalert_one_scope'),
        ),
        migrations.AddConstraint(
            model_name='metricalert',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['below', 'above', 'broken', 'silent', 'ended'])), name='modeling_metricalert_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='alertfiring',
            constraint=models.UniqueConstraint(fields=('alert', 'run'), name='modeling_alertfiring_once'),
        ),
        migrations.AddIndex(
            model_name='metricseries',
            index=models.Index(condition=models.Q(('recount', True)), fields=['run'], name='modeling_metricseries_recount'),
        ),
        migrations.AddConstraint(
            model_name='metricseries',
            constraint=models.UniqueConstraint(fields=('run', 'metric'), name='modeling_metricseries_once'),
        ),
        migrations.RunPython(name_series, migrations.RunPython.noop),
    ]
