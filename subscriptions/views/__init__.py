"""The pages of subscriptions and of what is sold."""
