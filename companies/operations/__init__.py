"""The verbs of companies, people and periods."""

from companies.operations.approvals import act_alone, approve, reject, withdraw
from companies.operations.bank_details import change_bank_details
from companies.operations.billing import set_company_wide_billing
from companies.operations.companies import add_company, change_company, switch_off, switch_on
from companies.operations.grants import set_grant
from companies.operations.invitations import accept, decline, mail_again
from companies.operations.people import deactivate, invite, set_roles
from companies.operations.periods import close_period

__all__ = [
    "accept",
    "act_alone",
    "add_company",
    "approve",
    "change_bank_details",
    "change_company",
    "close_period",
    "deactivate",
    "decline",
    "invite",
    "mail_again",
    "reject",
    "set_company_wide_billing",
    "set_grant",
    "set_roles",
    "switch_off",
    "switch_on",
    "withdraw",
]
