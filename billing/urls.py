"""Addresses of billing."""

from django.urls import path

from billing.views import dashboard, events, imports, mending, runs, settings

app_name = "billing"
urlpatterns = [
    path("", dashboard.Dashboard.as_view(), name="dashboard"),
    path("exceptions/<int:pk>/seen/", dashboard.MarkSeen.as_view(), name="exception_seen"),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/new/", runs.StartRun.as_view(), name="run_new"),
    path("runs/preview/", runs.PreviewRun.as_view(), name="run_preview"),
    path("runs/<int:pk>/", runs.RunPage.as_view(), name="run"),
    path("runs/<int:pk>/stop/", runs.StopRun.as_view(), name="run_stop"),
    path("runs/<int:pk>/retry-payers/", runs.RetryLines.as_view(), name="run_retry_lines"),
    path("runs/<int:pk>/retry-events/", runs.RetryRunEvents.as_view(), name="run_retry_events"),
    path("events/", events.EventList.as_view(), name="events"),
    path("events/new/", events.RecordEvent.as_view(), name="event_new"),
    path("events/retry/", events.RetryEvents.as_view(), name="events_retry"),
    path("events/<int:pk>/", events.EventPage.as_view(), name="event"),
    path("events/<int:pk>/retry/", events.RetryEvent.as_view(), name="event_retry"),
    path("events/<int:pk>/edit/", mending.EditEvent.as_view(), name="event_edit"),
    path("events/<int:pk>/cancel/", mending.CancelEvent.as_view(), name="event_cancel"),
    path("events/<int:pk>/set-aside/", mending.SetEventAside.as_view(), name="event_set_aside"),
    path("events/<int:pk>/bring-back/", mending.BringEventBack.as_view(), name="event_bring_back"),
    path("events/imports/", imports.ImportList.as_view(), name="imports"),
    path("events/imports/new/", imports.SendEvents.as_view(), name="import_new"),
    path("events/imports/sample/", imports.EventSample.as_view(), name="import_sample"),
    path("events/imports/<int:pk>/", imports.ImportPage.as_view(), name="import"),
    path("events/imports/<int:pk>/stop/", imports.StopImport.as_view(), name="import_stop"),
    path("events/imports/<int:pk>/go-on/", imports.GoOnWithImport.as_view(), name="import_go_on"),
    path("events/imports/<int:pk>/problems/", imports.EventProblems.as_view(), name="import_problems"),
    path("events/imports/<int:pk>/import/", imports.ImportEventsTried.as_view(), name="import_tried"),
    path("events/imports/<int:pk>/read-anew/", imports.ReadAnew.as_view(), name="import_read_anew"),
    path("settings/", settings.BillingSettingsPage.as_view(), name="settings"),
    path("settings/move/", settings.MoveToV2.as_view(), name="move"),
    path("settings/taxes/", settings.TaxTablePage.as_view(), name="taxes"),
]
