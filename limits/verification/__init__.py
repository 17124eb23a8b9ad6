"""What must hold of credit lines, checks and reservations: I25."""

from creditmemos.verification import prove_too
from creditmemos.verification.rules import Rule, TableRules

LINES = TableRules(
    what="company",
    key="c.id",
    rows="""companies_company c LEFT JOIN limits_creditline l ON l.payer_id = c.id
        LEFT JOIN limits_creditlinechange h ON h.line_id = l.id AND h.version = l.version
        LEFT JOIN (SELECT line_id, count(*) AS n, max(version) AS high FROM limits_creditlinechange GROUP BY line_id) v
            ON v.line_id = l.id""",
    rules=(
        Rule("I25", "it has no credit line", "l.marketplace_id = c.marketplace_id"),
        Rule("I25", "its credit line is not what its history says",
            "CASE WHEN l.version = 0 THEN l.mode = 'inherit' AND v.n IS NULL ELSE h.mode = l.mode"
            " AND coalesce(h.amount, -1) = coalesce(l.amount, -1) AND h.is_shared = l.is_shared END"),
        Rule("I25", "its history has a gap", "coalesce(v.n, 0) = l.version AND coalesce(v.high, 0) = l.version"),
    ),
)  # fmt: skip

CHECKS = TableRules(
    what="credit check",
    key="k.id",
    rows="limits_creditcheck k",
    rules=(
        Rule("I25", "its exposure is not the sum of what counted",
            "k.exposure = k.dues - k.pending + k.committed + k.reserved - k.credit - k.carried - k.on_account"
            " + k.amount"),
        Rule("I25", "it was allowed beyond the limit",
            "NOT k.is_allowed OR k.allowance_id IS NOT NULL OR (NOT k.is_blocked"
            " AND coalesce(k.exposure <= k.\"limit\", k.\"limit\" IS NULL)"
            " AND coalesce(k.group_exposure <= k.group_limit, k.group_limit IS NULL))"),
    ),
)  # fmt: skip

RESERVATIONS = TableRules(
    what="reservation",
    key="r.id",
    rows="limits_reservation r LEFT JOIN limits_creditcheck k ON k.id = r.check_row_id",
    rules=(
        Rule("I25", "no check allowed it",
            "k.is_allowed AND k.line_id = r.line_id AND k.amount = r.amount AND k.key = r.key"),
        Rule("I25", "its state is not what became of it", "(r.state = 'held') = (r.ended_at IS NULL)"),
    ),
)  # fmt: skip

INVARIANTS = {"I25": "a purchase is allowed only within the credit limit, or once by somebody who may"}


def register_all() -> None:
    """Called from AppConfig.ready."""
    prove_too(INVARIANTS, (LINES, CHECKS, RESERVATIONS))
