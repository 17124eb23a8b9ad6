"""Reading subscriptions: the terms that hold, and finding what somebody looks for."""
