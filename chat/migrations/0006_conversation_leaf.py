from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0005_kept_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="leaf",
            field=models.UUIDField(null=True),
        ),
    ]
