"""Logos are uploaded, drawn again, and served from this site. Those of approved apps wait for staff like other facts."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from accounts.models import allowances
from developer_apps.models import App, AppChange, Logo
from developer_apps.portal import logos
from myusa.lib import images
from tests.pages import form_of

HIDDEN = b"GPS position and a script"


def picture(color="red", size=(300, 300), kind="PNG", **options):
    image, output = Image.new("RGB", size, color), BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def upload(browser, app, content, name="logo.png", **data):
    file = SimpleUploadedFile(name, content, "image/png")
    return browser.post(reverse("developer_apps:logo", args=[app.pk]), {"file": file, **data})


def fresh(app):
    return App.objects.get(pk=app.pk)


def words(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_again_and_shown_from_this_site(application, developer, sign_in, client, kind):
    app = application.app
    assert upload(sign_in(developer), app, picture(kind=kind)).status_code == 302
    page = sign_in(developer).get(reverse("developer_apps:settings", args=[app.pk]))
    assert f'src="{fresh(app).logo_url}"' in page.content.decode()
    assert "img-src 'self' data:" in page["Content-Security-Policy"].split("; ")
    answer = client.get(fresh(app).logo_url)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    with Image.open(BytesIO(answer.content)) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (192, 192))


def test_nothing_but_the_visible_picture_is_kept(application, developer, sign_in):
    exif = Image.Exif()
    exif[0x010E] = HIDDEN.decode()
    for content in (picture(kind="JPEG", exif=exif), picture(kind="JPEG", comment=HIDDEN), picture() + HIDDEN):
        assert HIDDEN in content
        upload(sign_in(developer), application.app, content)
        stored = bytes(Logo.objects.get(pk=fresh(application.app).logo).content)
        assert HIDDEN not in stored
        assert len(stored) < len(content) + 1000


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "This file is empty."),
        (b"GIF89a" + bytes(50), "Use a PNG, JPEG or WebP file."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "Use a PNG, JPEG or WebP file."),
        (picture()[:-40], "Use a PNG, JPEG or WebP file."),
        (picture(size=(2001, 2000)), "at most 2,000 by 2,000 pixels"),
        (picture() + bytes(500 * 1024), "at most 500.0"),
    ],
)
def test_what_is_no_small_picture_is_refused_and_nothing_changes(application, developer, sign_in, content, problem):
    browser = sign_in(developer)
    upload(browser, application.app, picture("blue"))
    before = fresh(application.app).logo
    answer = upload(browser, application.app, content)
    assert answer.status_code == 400
    assert problem in words(answer).replace("\xa0", " ")
    assert fresh(application.app).logo == before


@given(st.data())
def test_any_bytes_are_a_picture_or_refused(data):
    content = bytearray(picture(size=(9, 9), kind=data.draw(st.sampled_from(images.FORMATS))))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    try:
        drawn = images.redraw(BytesIO(bytes(content)), side=8)
    except images.ValidationError:
        return
    with Image.open(BytesIO(drawn)) as image:
        assert image.format == "WEBP"


def test_another_logo_of_a_public_app_waits_and_staff_see_both(public_application, developer, staff, sign_in):
    app, browser = public_application.app, sign_in(developer)
    app.apply({"logo": Logo.objects.keep(BytesIO(picture("blue")), by=developer).digest}, by=developer)
    approved = fresh(app).logo_url
    upload(browser, app, picture("red"))
    assert fresh(app).logo_url == approved
    change, desk = AppChange.objects.get(), sign_in(staff)
    page = words(desk.get(reverse("admin:developer_apps_appchange_change", args=[change.pk])))
    waiting = reverse("developer_apps:logo_file", args=[change.after["logo"]])
    assert page.index(f'<img src="{approved}"') < page.index(f'<img src="{waiting}"')
    settings = words(browser.get(reverse("developer_apps:settings", args=[app.pk])))
    assert f'<img src="{waiting}"' in settings
    desk.post(reverse("admin:developer_apps_appchange_action", args=[change.pk, "approve"]), {"confirmed": "approve"})
    assert fresh(app).logo_url == waiting


def test_a_logo_is_removed_unless_another_one_came_in_the_meantime(application, developer, sign_in):
    app, browser = application.app, sign_in(developer)
    page = reverse("developer_apps:logo", args=[app.pk])
    upload(browser, app, picture("red"))
    old = fresh(app).logo
    upload(browser, app, picture("blue"))
    assert "Nothing was removed" in words(browser.post(page, {"remove": old}, follow=True))
    assert fresh(app).logo
    browser.post(page, {"remove": fresh(app).logo})
    assert fresh(app).logo == ""
    assert "/logos/" not in browser.get(page).content.decode()


def test_the_same_upload_sent_twice_is_one(application, developer, sign_in):
    browser, app = sign_in(developer), application.app
    page = reverse("developer_apps:logo", args=[app.pk])
    token = form_of(browser.get(page), having="file")["csrfmiddlewaretoken"]
    for _press in range(2):
        assert upload(browser, app, picture(), csrfmiddlewaretoken=token).status_code == 302
    assert allowances.Allowance.objects.get(kind="logos").used == 1


def test_plain_members_change_no_logo(application, teammate, sign_in):
    assert upload(sign_in(teammate), application.app, picture()).status_code == 403
    assert not Logo.objects.exists()


def test_a_person_uploads_few_logos_a_day(application, developer, sign_in, settings):
    for _each in range(allowances.LOGOS.count * settings.CODE_LIMIT_FACTOR):
        allowances.LOGOS.take(developer)
    answer = upload(sign_in(developer), application.app, picture())
    assert answer.status_code == 429
    assert "You reached the limit for new logos" in words(answer)
    assert fresh(application.app).logo == ""


def test_pictures_that_nothing_names_are_deleted_after_a_day(public_application, application, developer, superuser):
    kept = {name: Logo.objects.keep(BytesIO(picture(name)), by=developer).digest for name in ("red", "blue", "green")}
    application.app.apply({"logo": kept["red"]}, by=developer)
    AppChange.objects.create(app=public_application.app, before={"logo": ""}, after={"logo": kept["blue"]})
    AppChange.objects.get().deny(by=superuser, reason="No")
    assert logos.delete_unused() == 0
    Logo.objects.update(stored_at=timezone.now() - timedelta(days=2))
    assert logos.delete_unused() == 1
    assert set(Logo.objects.values_list("pk", flat=True)) == {kept["red"], kept["blue"]}
