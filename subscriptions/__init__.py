"""What is sold and who subscribes to it: products, plans, subscriptions and their history."""
