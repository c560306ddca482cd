"""First versions of the legal texts; staff write later ones in the admin."""

from datetime import UTC, datetime

from django.db import migrations

TERMS = """\
These terms are an agreement between you and the agency that runs MyUSA. You accept them by signing in.

## Your account

- You sign in by proving that an email address is yours. Keep that mailbox safe: anyone who reads it can sign in as you, unless you add a second factor.
- The account is for one person. Give true information where a form asks for it.
- You can close the account at any time under *Account*. What you gave us is then deleted.

## Apps that you connect

- Other agencies and organizations offer apps that work with MyUSA. None of them sees anything about you until you allow it, and only what you allow.
- You can change or end what you allowed at any time under *Connected apps*.
- What an app does with the information you gave it is ruled by its own terms and privacy policy. MyUSA does not endorse the apps or the organizations behind them.

## If you build apps

- Register under your own name, and describe your app truthfully. Keep its secrets secret, and replace them when they may have been seen.
- Ask only for the information your app needs, use it only for what people were told, and delete it when they disconnect.
- Do not use the name or the button of MyUSA to suggest an endorsement.
- Test with the people you make up in the sandbox, not with the data of real ones.
- We may make an app private or block it when it breaks these terms or harms people. We tell its team why.

## What we promise, and what we do not

We work to keep the service safe and running, and say so when it is not. It is provided as it is: within the limits of the law, we are not liable for damage from its use or its failure.

## Changes

When these terms change, the new version appears here with its date, and older versions stay readable. Teams of federal agencies accept them when they register an app; the version they accepted is recorded.
"""

PRIVACY = """\
This notice says what MyUSA keeps about you, why, and what you can do about it.

## What we keep

- **Your email address**, because it is how you sign in and how we reach you.
- **Your profile**: only the fields that you fill in. They are encrypted in our database.
- **A mobile number**, if you verify one for text messages. It is encrypted, too.
- **Tasks and notifications** that apps sent you.
- **Which apps you connected**, what you allowed them, and when each of them read or wrote something.
- **Your sessions**: the network address and the browser of each, so that you can recognize them. They are encrypted and deleted when the session ends.

## What we use it for

To sign you in, to show you your own information, and to give apps what you allowed. We do not sell it, show no advertising and build no profile of you.

## Who else sees it

- Apps, as far as you allowed it. You can see what they read under *Activity*.
- The companies that carry our emails and text messages, which get the address or number and the message.
- Authorities, where a law or a court orders it.

## How long we keep it

As long as you have the account. When you delete it, your profile, tasks, notifications and connections are deleted with it. Codes for signing in are deleted after a day.

## Cookies

We set a cookie that keeps you signed in, one that protects forms, one that tells a browser in which you signed in before from a stranger's, and one with your time zone. There are no others, and nobody tracks you here.

## What you can do

- See and change your information under *Profile* and *Account*.
- Take a copy with you: *Download my data* under *Account*.
- End an app's access under *Connected apps*.
- Delete the account under *Account*.

Write to the address in the footer with any question about your information.
"""

PRIVACY_ACT = """\
This statement is given under the Privacy Act of 1974, 5 U.S.C. 552a(e)(3).

## Authority

The E-Government Act of 2002 (Public Law 107-347) and 5 U.S.C. 301 authorize us to collect this information.

## Purpose

We collect your email address to sign you in and to reach you. We collect the details of your profile, and a mobile number if you verify one, to share them with the apps you choose and to send you messages.

## Routine uses

We share your information with the apps that you allow, as far as you allow it. We also share it with the companies that carry our emails and text messages, and where a law or a court orders it. The system of records notice lists all routine uses.

## Disclosure

Giving this information is voluntary. Without an email address you cannot have an account. Without other details, some apps may not be able to serve you.
"""

ACCESSIBILITY = """\
We want everyone to be able to use MyUSA.

## Standards

We build MyUSA to meet Section 508 of the Rehabilitation Act and the Web Content Accessibility Guidelines (WCAG) 2.2, level AA. We test every page with automated checks, with the keyboard, on narrow screens, and without scripts.

## Tell us about a problem

If something on this site doesn't work for you, write to the address in the footer. Include the address of the page, what you tried to do, and the browser and assistive technology you use. We reply within two business days.

You can also file a complaint under Section 508 with the agency that runs MyUSA.
"""


def seed(apps, schema_editor):
    text = apps.get_model("accounts", "LegalText")
    texts = {"terms": TERMS, "privacy": PRIVACY, "privacy_act": PRIVACY_ACT, "accessibility": ACCESSIBILITY}
    for kind, body in texts.items():
        text.objects.get_or_create(
            kind=kind, version="2026-11", defaults={"body": body, "effective_at": datetime(2026, 11, 1, 12, tzinfo=UTC)}
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
