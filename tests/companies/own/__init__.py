"""Nobody makes, changes or ends a debt or credit of their own company: every verb, and every way to belong to it."""
