from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0026_times_of_the_database")]

    operations = [
        migrations.AddField(
            model_name="chatimport",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
