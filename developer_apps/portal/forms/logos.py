"""The form that uploads an app's logo."""

from django import forms
from django.utils.translation import gettext_lazy as _

from myusa.lib import images


class LogoForm(forms.Form):
    file = forms.FileField(
        label=_("Picture"),
        help_text=_(
            "PNG, JPEG or WebP, at most 500 KB and 2,000 by 2,000 pixels. A square one looks best. People see it "
            "48 pixels wide, next to the app’s name."
        ),
        error_messages={"required": _("Choose a picture."), "empty": _("This file is empty.")},
        widget=forms.FileInput(attrs={"accept": ",".join(f"image/{kind.lower()}" for kind in images.FORMATS)}),
    )
