"""The forms of subscriptions and of what is sold."""
