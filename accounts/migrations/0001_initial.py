import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import myusa.lib.database.encryption
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='SpentCode',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public id')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='email address')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_staff', models.BooleanField(default=False, help_text='May open the admin, with a second factor.', verbose_name='staff')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='joined')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
        ),
        migrations.CreateModel(
            name='AccountRecovery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('second_factor', 'Turn off the lost second factor'), ('email', 'Replace the lost email address')], max_length=20, verbose_name='kind')),
                ('new_email', myusa.lib.database.encryption.EncryptedTextField(blank=True, verbose_name='new email address')),
                ('reason', models.TextField(max_length=2000, verbose_name='reason')),
                ('requested_at', models.DateTimeField(verbose_name='requested')),
                ('effective_at', models.DateTimeField(verbose_name='takes effect')),
                ('token_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('canceled_at', models.DateTimeField(null=True, verbose_name='canceled')),
                ('done_at', models.DateTimeField(null=True, verbose_name='done')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recoveries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'account recovery',
                'verbose_name_plural': 'account recoveries',
                'ordering': ['-requested_at'],
            },
        ),
        migrations.CreateModel(
            name='FailedAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_digest', models.CharField(max_length=64)),
                ('address_digest', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                'indexes': [models.Index(fields=['account_digest', 'at'], name='attempt_account'), models.Index(fields=['address_digest', 'at'], name='attempt_address')],
            },
        ),
        migrations.CreateModel(
            name='LegalText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('terms', 'Terms of service'), ('privacy', 'Privacy notice')], max_length=20, verbose_name='text')),
                ('version', models.CharField(help_text='Such as 2026-11. It is recorded with each acceptance.', max_length=40, verbose_name='version')),
                ('body', models.TextField(help_text='Markdown: ## headings, lists, [links](https://example.gov).', verbose_name='body')),
                ('effective_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='in force from')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'legal text',
                'verbose_name_plural': 'legal texts',
                'ordering': ['kind', '-effective_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('purpose', models.CharField(choices=[('sign_in', 'signing in'), ('confirm', 'confirming who is signed in'), ('change_email', 'changing the email address'), ('phone', 'verifying a mobile number')], max_length=20)),
                ('recipient', myusa.lib.database.encryption.EncryptedTextField()),
                ('recipient_digest', models.CharField(max_length=64)),
                ('holder_digest', models.CharField(max_length=64)),
                ('address_digest', models.CharField(blank=True, max_length=64)),
                ('allowance_digest', models.CharField(max_length=64)),
                ('person_digest', models.CharField(blank=True, max_length=64)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('failure', models.CharField(blank=True, choices=[('unavailable', 'The server asked to try again later'), ('uncertain', 'It is not known whether it was sent'), ('refused', 'The server refuses this recipient'), ('opted_out', 'The number replied STOP'), ('unreachable_number', 'The number cannot be reached')], max_length=20)),
                ('used_at', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Phone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', myusa.lib.database.encryption.EncryptedTextField(verbose_name='mobile number')),
                ('number_digest', models.CharField(db_index=True, max_length=64)),
                ('verified_at', models.DateTimeField(verbose_name='verified')),
                ('opted_out_at', models.DateTimeField(null=True, verbose_name='opted out')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='phone', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mobile number',
                'verbose_name_plural': 'mobile numbers',
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('key_digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('data', myusa.lib.database.encryption.EncryptedJSONField()),
                ('client', myusa.lib.database.encryption.EncryptedJSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique_lower'),
        ),
        migrations.AddConstraint(
            model_name='accountrecovery',
            constraint=models.UniqueConstraint(condition=models.Q(('canceled_at', None), ('done_at', None)), fields=('user',), name='one_open_recovery'),
        ),
        migrations.AddConstraint(
            model_name='accountrecovery',
            constraint=models.CheckConstraint(condition=models.Q(('canceled_at', None), ('done_at', None), _connector='OR'), name='recovery_canceled_or_done'),
        ),
        migrations.AddConstraint(
            model_name='legaltext',
            constraint=models.UniqueConstraint(fields=('kind', 'version'), name='legal_text_version'),
        ),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(fields=['allowance_digest', 'created_at'], name='code_allowance'),
        ),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(fields=['address_digest', 'created_at'], name='code_address'),
        ),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(fields=['person_digest', 'created_at'], name='code_person'),
        ),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(fields=['holder_digest', 'purpose'], name='code_holder'),
        ),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='code_due'),
        ),
        migrations.AddConstraint(
            model_name='onetimecode',
            constraint=models.CheckConstraint(condition=models.Q(('tries__lte', 5)), name='code_tries_capped'),
        ),
    ]
