"""The verbs of companies, people and periods."""

from companies.operations.approvals import act_alone, approve, reject, withdraw
from companies.operations.billing import set_company_wide_billing
from companies.operations.grants import set_grant
from companies.operations.invitations import accept, decline, mail_again
from companies.operations.people import deactivate, invite, set_roles
from companies.operations.periods import close_period

__all__ = [
    "accept",
    "act_alone",
    "approve",
    "close_period",
    "deactivate",
    "decline",
    "invite",
    "mail_again",
    "reject",
    "set_company_wide_billing",
    "set_grant",
    "set_roles",
    "withdraw",
]
