"""Charter and Policy become views of the one table of law; what is said about cases is append-only."""

from django.db import migrations

from governance.database.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("committee", "0003_law_and_standing")]

    operations = [
        migrations.DeleteModel(
            name='Policy',
        ),
        migrations.DeleteModel(
            name='Charter',
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
            ],
            options={
                'ordering': ['code'],
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('committee.lawtext',),
        ),
        migrations.CreateModel(
            name='Charter',
            fields=[
            ],
            options={
                'ordering': ['-number'],
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('committee.lawtext',),
        ),
        AppendOnly("committee_caseamendment"),
        AppendOnly("committee_question"),
        AppendOnly("committee_answer"),
    ]
