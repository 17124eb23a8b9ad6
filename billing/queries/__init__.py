"""Reading what billing needs: rules, contracts, progress."""
