"""How much a company may owe: credit limits, what counts against them, and what is kept for purchases."""
