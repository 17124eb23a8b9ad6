"""A stand-in for Stripe: a process that speaks its wire format on the loopback, for the demo and the tests.

    python -m payments.gateway.standin --port 12111 --hook http://127.0.0.1:8000/... --hook-secret whsec_...

It is as strict as what it stands for: unknown parameters, versions and keys are refused, a refund never exceeds its
charge, idempotency keys are kept for 24 hours of its clock, and webhooks are signed. Names of test methods are
Stripe's, so that the tests of the contract also run against Stripe's test mode. What Stripe has not, begins with an
underscore: ``/_faults``, ``/_clock``, ``/_hooks``, ``/_test``, ``/_books`` (see ``control``). It is written from
Stripe's published documentation, with the standard library alone, and knows nothing of Offset.
"""
