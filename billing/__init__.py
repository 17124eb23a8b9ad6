"""From billing events to documents."""
