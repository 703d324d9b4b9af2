"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from forum import views
from moderation.admin import economy_view

admin.autodiscover()
# Without this the admin has a sign-in of its own, without rate limits.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("stories.urls")),
    path("", include("comments.urls")),
    path("", include("moderation.urls")),
    path("", include("forum.accounts.urls")),
    path("", include("forum.notifications.urls")),
    path("accounts/", include("allauth.urls")),
    path(".well-known/change-password", views.change_password),
    path("", include("forum.belongings.urls")),
    path("admin/economy/", admin.site.admin_view(economy_view), name="economy"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("favicon.ico", views.favicon, name="favicon"),
]

handler400 = "forum.views.bad_request"
handler403 = "forum.views.permission_denied"
handler404 = "forum.views.page_not_found"
handler500 = "forum.views.server_error"
