"""Use the client that openapi-python-client generated from the site's OpenAPI document."""

# docs: generated
import os
import sys

from myusa_client import AuthenticatedClient
from myusa_client.api.profile import read_profile
from myusa_client.api.tasks import create_task
from myusa_client.models import CreateTaskBody, CreateTaskBodyTask, ErrorAnswer

client = AuthenticatedClient(os.environ["MYUSA_URL"], token=os.environ["TOKEN"])

profile = read_profile.sync(client=client)
if isinstance(profile, ErrorAnswer):
    sys.exit(profile.errors[0].code)
print(profile.email)

body = CreateTaskBody(task=CreateTaskBodyTask(name="Renew your card"))
task = create_task.sync(client=client, body=body)
print(task.id, task.name)
# end
