"""Addresses of credit limits; checkouts ask at ``checks``."""

from django.urls import path

from limits.views import endpoint, panel, tokens, verbs
from limits.views.list import NearList

app_name = "limits"
urlpatterns = [
    path("", NearList.as_view(), name="list"),
    path("tokens/", tokens.TokenList.as_view(), name="tokens"),
    path("tokens/new/", tokens.NewToken.as_view(), name="token_new"),
    path("tokens/<int:pk>/revoke/", tokens.RevokeToken.as_view(), name="token_revoke"),
    path("checks/", endpoint.Checks.as_view(), name="checks"),
    path("reservations/<path:key>/release/", endpoint.Release.as_view(), name="release"),
    path("<int:pk>/", panel.CreditPanel.as_view(), name="panel"),
    path("<int:pk>/standing/", panel.StandingPart.as_view(), name="standing"),
    path("<int:pk>/change/", verbs.ChangeLimit.as_view(), name="change"),
    path("<int:pk>/block/", verbs.Block.as_view(), name="block"),
    path("<int:pk>/unblock/", verbs.Unblock.as_view(), name="unblock"),
    path("<int:pk>/allow/", verbs.AllowOnce.as_view(), name="allow"),
    path("<int:pk>/<slug:name>/", panel.AddendRows.as_view(), name="addend"),
]
