"""Addresses of companies, people and the session."""

from django.urls import path

from companies.views.companies import CompanyList, CompanyLookup
from companies.views.session import SignIn, SignOut, Switch

app_name = "companies"
urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", SignOut.as_view(), name="sign_out"),
    path("switch/", Switch.as_view(), name="switch"),
    path("companies/", CompanyList.as_view(), name="list"),
    path("companies/lookup/", CompanyLookup.as_view(), name="lookup"),
]
