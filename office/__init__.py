"""The pages that gather from many apps: home, search, navigation, company, settings, audit log, failed jobs."""
