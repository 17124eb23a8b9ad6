"""Addresses of companies, people and the session."""

from django.urls import path

from companies.views.bank_details import BankDetailsPage, ChangeBankDetails
from companies.views.billing import SwitchBilling
from companies.views.changing import AddCompany, ChangeCompany, SwitchOff, SwitchOn
from companies.views.companies import CompanyList, CompanyLookup, ResellerLookup
from companies.views.importing import CompanyProblems, CompanySample, ImportCompaniesTried, ImportResult, SendCompanies
from companies.views.invitations import AnswerInvitation, Invitations
from companies.views.links import AskForLink, SetPassword
from companies.views.member import ChangeRoles, Deactivate, Invite, MailAgain, MemberDetail
from companies.views.people import PeopleList
from companies.views.permissions import ChangeGrant, PermissionTable
from companies.views.profile import ChangePassword, Profile
from companies.views.session import SignIn, SignOut, Switch

app_name = "companies"
urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", SignOut.as_view(), name="sign_out"),
    path("switch/", Switch.as_view(), name="switch"),
    path("sign-in/link/", AskForLink.as_view(), name="ask_for_link"),
    path("set-password/<place>/<token>/", SetPassword.as_view(), name="set_password"),
    path("invitations/", Invitations.as_view(), name="invitations"),
    path("invitations/<int:pk>/accept/", AnswerInvitation.as_view(verb="accept"), name="accept_invitation"),
    path("invitations/<int:pk>/decline/", AnswerInvitation.as_view(verb="decline"), name="decline_invitation"),
    path("profile/", Profile.as_view(), name="profile"),
    path("profile/password/", ChangePassword.as_view(), name="change_password"),
    path("people/", PeopleList.as_view(), name="people"),
    path("people/add/", Invite.as_view(), name="invite"),
    path("people/<int:pk>/", MemberDetail.as_view(), name="person"),
    path("people/<int:pk>/mail/", MailAgain.as_view(), name="person_mail_again"),
    path("people/<int:pk>/roles/", ChangeRoles.as_view(), name="person_roles"),
    path("people/<int:pk>/end/", Deactivate.as_view(), name="person_deactivate"),
    path("permissions/", PermissionTable.as_view(), name="permissions"),
    path("permissions/change/", ChangeGrant.as_view(), name="grant"),
    path("settings/bank-details/<int:pk>/", BankDetailsPage.as_view(), name="bank_details"),
    path("settings/bank-details/<int:pk>/change/", ChangeBankDetails.as_view(), name="change_bank_details"),
    path("companies/", CompanyList.as_view(), name="list"),
    path("companies/imports/new/", SendCompanies.as_view(), name="import_new"),
    path("companies/imports/sample/", CompanySample.as_view(), name="import_sample"),
    path("companies/imports/<int:pk>/", ImportResult.as_view(), name="import"),
    path("companies/imports/<int:pk>/import/", ImportCompaniesTried.as_view(), name="import_tried"),
    path("companies/imports/<int:pk>/problems/", CompanyProblems.as_view(), name="import_problems"),
    path("companies/add/", AddCompany.as_view(), name="add"),
    path("companies/lookup/", CompanyLookup.as_view(), name="lookup"),
    path("companies/lookup/resellers/", ResellerLookup.as_view(), name="resellers"),
    path("companies/<int:pk>/change/", ChangeCompany.as_view(), name="change"),
    path("companies/<int:pk>/off/", SwitchOff.as_view(), name="switch_off"),
    path("companies/<int:pk>/on/", SwitchOn.as_view(), name="switch_on"),
    path("companies/<int:pk>/billing/", SwitchBilling.as_view(), name="billing"),
]
