"""What is said to a payment provider and what it answers; knows no rows, so that any worker or process may import it.

``protocol`` is what operations see, ``connecting.connect`` gives one that is ready. Only ``stripe_adapter`` imports the
provider's library, and only workers import that module.
"""
