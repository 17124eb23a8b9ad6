"""What second persons are asked about payments and refunds."""
