from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0017_flags")]

    operations = [
        migrations.AddField(
            model_name="instructions",
            name="model",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
