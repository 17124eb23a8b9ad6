"""What follows what: every handler of the product, written out. Its topic and name are the identity of stored jobs."""

from core import outbox

EXPECTED = {
    # topic, name: kind, seconds, queue, jobs at once, whether its marketplace is asked first
    ("account.link_wanted", "notifications.link"): ("outside", 60, "mail", 1, False),
    ("approval.alone", "notifications.acting_alone"): ("outside", 30, "default", 1, False),
    ("approval.decided", "notifications.approval_decided"): ("outside", 30, "default", 1, False),
    ("approval.requested", "notifications.approval_requested"): ("outside", 30, "default", 1, False),
    ("billing.import.turn", "billing.read_file"): ("outside", 40, "billing", 1, False),
    ("billing.run.started", "billing.collect_payers"): ("database", 120, "billing", 1, False),
    ("billing.run.turn", "billing.work_on_run"): ("outside", 40, "billing", 1, False),
    ("credit_limit.reached", "notifications.credit_limit_reached"): ("outside", 30, "default", 1, True),
    ("credit_memo.applied", "notifications.credit_applied"): ("outside", 30, "default", 1, True),
    ("credit_memo.divided", "notifications.credit_memo_divided"): ("outside", 30, "default", 1, True),
    ("credit_memo.issued", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("credit_memo.issued", "documents.make_pdf"): ("outside", 115, "documents", 50, True),
    ("credit_memo.released", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("credit_memo.reopened", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("credit_memo.reversed", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("credit_memo.voided", "documents.make_pdf"): ("outside", 115, "documents", 50, False),
    ("document.requested", "documents.make_pdf"): ("outside", 115, "documents", 50, False),
    ("document.stored", "notifications.credit_memo_pdf_created"): ("outside", 30, "default", 1, True),
    ("document.stored", "notifications.credit_memo_voided"): ("outside", 30, "default", 1, True),
    ("document.stored", "notifications.invoice_pdf_created"): ("outside", 30, "default", 1, True),
    ("document.stored", "notifications.invoice_voided"): ("outside", 30, "default", 1, True),
    ("documents.archive.turn", "documents.make_archive"): ("outside", 115, "documents", 1, False),
    ("invoice.issued", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("invoice.issued", "documents.make_pdf"): ("outside", 115, "documents", 50, True),
    ("invoice.voided", "creditmemos.settle"): ("database", 30, "default", 1, False),
    ("invoice.voided", "documents.make_pdf"): ("outside", 115, "documents", 50, False),
    ("mail.queued", "notifications.send"): ("outside", 60, "mail", 1, False),
    ("member.invited", "notifications.invitation"): ("outside", 60, "mail", 1, False),
    ("payment.requested", "payments.create_charge"): ("outside", 45, "payments", 1, False),
    ("payment.created", "payments.confirm_charge"): ("outside", 45, "payments", 1, False),
    ("payment.look", "payments.look_at_charge"): ("outside", 45, "payments", 1, False),
    ("refund.requested", "payments.send_refund"): ("outside", 45, "payments", 1, False),
    ("provider.event", "payments.look_at_event"): ("outside", 45, "payments", 1, False),
    ("provider.list", "payments.list_events"): ("outside", 45, "payments", 1, False),
    ("refund.look", "payments.look_at_refund"): ("outside", 45, "payments", 1, False),
    ("refund.sent", "notifications.refund_processed"): ("outside", 30, "default", 1, True),
    ("subscription.agreed", "billing.collect_event"): ("database", 30, "default", 1, False),
    ("invoice.issued", "payments.allocate"): ("database", 30, "default", 1, True),
    ("invoice.voided", "payments.allocate"): ("database", 30, "default", 1, True),
    ("credit_memo.released", "payments.allocate"): ("database", 30, "default", 1, True),
    ("credit_memo.reversed", "payments.allocate"): ("database", 30, "default", 1, True),
    ("credit_memo.reopened", "payments.allocate"): ("database", 30, "default", 1, True),
    ("merchant.bank_details_changed", "notifications.bank_details_changed"): ("outside", 30, "default", 1, False),
    ("payment.received", "payments.allocate"): ("database", 30, "default", 1, True),
    ("payment.taken_off", "payments.allocate"): ("database", 30, "default", 1, True),
    ("payment.unreturned", "payments.allocate"): ("database", 30, "default", 1, True),
    ("payment.returned", "payments.allocate"): ("database", 30, "default", 1, True),
    ("refund.returned", "payments.allocate"): ("database", 30, "default", 1, False),
    ("refund.failed", "payments.allocate"): ("database", 30, "default", 1, False),
}


def test_each_job_has_its_words() -> None:
    assert [each.name for each in outbox._handlers.values() if not str(each.label)] == []


def test_a_job_of_another_release_is_called_by_its_name() -> None:
    assert outbox.label_of("invoice.issued", "documents.make_pdf") == "Create a PDF"
    assert outbox.label_of("invoice.issued", "documents.long_gone") == "documents.long_gone"


def test_what_follows_what() -> None:
    found = {
        (each.topic, each.name): (each.kind, each.limit, each.queue, each.batch, each.wanted is not None)
        for each in outbox._handlers.values()
    }
    assert found == EXPECTED
