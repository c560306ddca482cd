"""The header inside the developer portal: its areas, and a link back to the person's own account."""

from django.utils.translation import gettext_lazy as _

from myusa.home.header_links import Link, everyone, signed_out, staff

PORTAL = "/developer/"
LINKS = (
    Link("developer_apps:home", _("My apps")),
    Link("developer_apps:home", _("Build on MyUSA"), signed_out),
    Link("developer_apps:teams", _("Teams")),
    Link("developer_apps:products", _("API products"), everyone),
    Link("developer_apps:docs", _("Documentation"), everyone),
    Link("developer_apps:support", _("Support"), everyone),
    Link("developer_apps:emails", _("Emails")),
    Link("home:status", _("Status"), everyone),
    Link("home:landing", _("My account"), apart=True),
    Link("home:landing", _("MyUSA home"), signed_out, apart=True),
    Link("admin:index", _("Admin"), staff, apart=True),
)
