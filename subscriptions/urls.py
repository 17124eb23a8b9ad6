"""Addresses of subscriptions and of what is sold."""

from django.urls import path

from subscriptions.views import catalogue, subscriptions

app_name = "subscriptions"
urlpatterns = [
    path("", subscriptions.SubscriptionList.as_view(), name="list"),
    path("new/", subscriptions.Subscribe.as_view(), name="new"),
    path("lookup/", subscriptions.SubscriptionLookup.as_view(), name="lookup"),
    path("<int:pk>/", subscriptions.SubscriptionPage.as_view(), name="detail"),
    path("<int:pk>/change/", subscriptions.Change.as_view(), name="change"),
    path("<int:pk>/cancel/", subscriptions.Cancel.as_view(), name="cancel"),
    path("products/", catalogue.ProductList.as_view(), name="products"),
    path("products/new/", catalogue.AddProduct.as_view(), name="product_new"),
    path("products/<int:pk>/", catalogue.ProductPage.as_view(), name="product"),
    path("products/<int:pk>/edition/", catalogue.AddEdition.as_view(), name="edition_new"),
    path("editions/<int:pk>/plan/", catalogue.AddPlan.as_view(), name="plan_new"),
    path("discounts/", catalogue.DiscountList.as_view(), name="discounts"),
    path("discounts/new/", catalogue.AddDiscount.as_view(), name="discount_new"),
]
