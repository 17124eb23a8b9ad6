"""Money that comes in and goes out: payments, allocations, refunds, disputes, and the gateway that moves it."""
