"""Tenants, parties and people."""

from companies.models.attempts import FailedAttempts
from companies.models.bank import MerchantBankDetails
from companies.models.company import Company, MerchantOfRecord
from companies.models.imports import CompanyImport, CompanyImportProblem
from companies.models.marketplace import Marketplace, MarketplaceSettings, TaxBy
from companies.models.people import Grant, Membership, User

__all__ = [
    "Company",
    "CompanyImport",
    "CompanyImportProblem",
    "FailedAttempts",
    "Grant",
    "Marketplace",
    "MarketplaceSettings",
    "Membership",
    "MerchantBankDetails",
    "MerchantOfRecord",
    "TaxBy",
    "User",
]
