"""To put a collection into everybody's search takes a permission from now on.

Those that are open to everyone today stay in it: nobody's answers lose their sources by an
upgrade, and administrators find them by a filter of their list.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_what_everybody_searches(apps, schema_editor):
    collections = apps.get_model("documents", "Collection").objects.using(
        schema_editor.connection.alias
    )
    collections.filter(everyone=True).update(in_every_search=True)


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0007_names_of_hidden_texts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='collection',
            options={'ordering': ['name'], 'permissions': [('search_as', 'Can search as another user'), ('publish_tuning', 'Can publish settings of search'), ('publish_collection', "Can put collections into everybody's search")]},
        ),
        migrations.AddField(
            model_name='collection',
            name='in_every_search',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(keep_what_everybody_searches, migrations.RunPython.noop),
        migrations.CreateModel(
            name='SearchChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('searched', models.BooleanField()),
                ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.collection')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'collection'), name='search_choice_once')],
            },
        ),
    ]
