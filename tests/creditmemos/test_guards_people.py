"""Whoever goes around the product is stopped by the database: who decides, whose company it is, what is done once."""

from core.models import Approval, IdempotencyRecord, OutboxJob
from tests.creditmemos.damages import fill
from tests.factories.scenario import Scenario
from tests.support.guards import Rules, copied, refused_by, wanted

DECIDE = "UPDATE core_approval SET decision = '{what}', decided_at = requested_at, decided_by_id = {by} WHERE id = {ID}"
MAKER, NOBODY = "requested_by_id", "NULL"


def deciding(what: str, by: str) -> str:
    return DECIDE.replace("{what}", what).replace("{by}", by).replace("{ID}", "{approval}")


CASES: dict[str, tuple[Rules, str]] = {
    "I16 two jobs of one handler": (
        "i16_one_job_per_handler",
        copied(OutboxJob, "(SELECT min(id) FROM core_outboxjob)"),
    ),
    "I16 done and dead": (
        "i16_done_or_dead",
        "UPDATE core_outboxjob SET done_at = created_at, dead_at = created_at",
    ),
    "I17 one key twice": (
        "i17_one_result_per_key",
        copied(IdempotencyRecord, "(SELECT min(id) FROM core_idempotencyrecord)", body_hash="'other'"),
    ),
    "I18 the payer's own people": (
        "i18_not_own_company",
        "UPDATE {MEMO} SET acting_company_id = payer_id WHERE id = {waiting}",
    ),
    "I18 the beneficiary's own people": (
        "i18_not_own_company",
        """UPDATE {MEMO} SET acting_company_id = (SELECT payer_id FROM {MEMO} WHERE id = {credit}),
        beneficiary_id = (SELECT payer_id FROM {MEMO} WHERE id = {credit}) WHERE id = {waiting}""",
    ),
    "I19 approved by its maker": ("i19_maker_is_not_checker", deciding("approved", MAKER)),
    "I19 rejected by its maker": ("i19_maker_is_not_checker", deciding("rejected", MAKER)),
    "I19 approved by nobody": ("i19_maker_is_not_checker", deciding("approved", NOBODY)),
    "I19 asked twice": ("approval_one_waiting", copied(Approval, "{approval}")),
}  # fmt: skip


def test_people_and_keys_stay_apart(scenario: Scenario) -> None:
    found = {what: refused_by(fill(text, scenario.names())) for what, (_rule, text) in CASES.items()}
    assert found == {what: wanted(rule) for what, (rule, _text) in CASES.items()}


def test_another_person_may_decide_and_the_maker_withdraw(scenario: Scenario) -> None:
    other = str(scenario.market.user("second_manager").pk)
    assert refused_by(fill(deciding("approved", other), scenario.names())) == ""
    assert refused_by(fill(deciding("withdrawn", MAKER), scenario.names())) == ""
