"""The verbs of credit limits."""

from limits.operations.allowing import allow_once
from limits.operations.checking import Answer, check_credit
from limits.operations.limiting import block, change_limit, inherit, set_limit, unblock
from limits.operations.reserving import expire, release
from limits.operations.tokens import make_token, revoke_token

__all__ = [
    "Answer", "allow_once", "block", "change_limit", "check_credit", "expire", "inherit", "make_token", "release",
    "revoke_token", "set_limit", "unblock",
]  # fmt: skip
