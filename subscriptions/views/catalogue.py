"""What is sold: products with their editions and plans, and discounts."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from subscriptions import operations
from subscriptions.filters import DiscountFilters, ProductFilters
from subscriptions.forms.catalogue import DiscountForm, EditionForm, PlanForm, ProductForm
from subscriptions.models import Discount, Edition, Plan, Product
from subscriptions.tables import DiscountTable, ProductTable
from web.lists import ListPage
from web.views import Action, DetailPage, FormPage, VerbView


class ProductList(ListPage):
    """All products of the marketplace."""

    permission = "settings.view"
    title = gettext_lazy("Products")
    counted = ngettext_lazy("%(shown)s product", "%(shown)s products", "n")
    none_match = gettext_lazy("No products match")
    none_yet = gettext_lazy("No products yet")
    table_class = ProductTable
    filters_class = ProductFilters
    default_sort = "name"
    create_url_name = "subscriptions:product_new"
    create_label = gettext_lazy("New product")
    create_permission = "settings.change"

    def queryset(self) -> QuerySet[Product]:
        """The marketplace's."""
        return Product.objects.filter(marketplace=self.member.marketplace)

    def rows(self, found: QuerySet[Product]) -> QuerySet[Product]:
        """With the vendor, and how much there is of it."""
        return found.select_related("vendor").annotate(
            plan_count=Count("editions__plans", distinct=True),
            subscription_count=Count("subscriptions", distinct=True),
            state=Case(When(is_active=True, then=Value("active")), default=Value("inactive"), output_field=CharField()),
        )


class ProductPage(DetailPage):
    """A product with its editions and plans."""

    permission = "settings.view"
    template_name = "subscriptions/product.html"
    object_name = "product"

    def queryset(self) -> QuerySet[Product]:
        """The marketplace's."""
        return Product.objects.filter(marketplace=self.member.marketplace).select_related("vendor")

    def actions(self) -> Iterable[Action]:
        """More of it."""
        if self.member.may("settings.change"):
            url = reverse("subscriptions:edition_new", args=[self.object.pk])
            yield Action(_("Add an edition"), url, "plus-lg", in_dialog=True)

    def context(self) -> dict[str, Any]:
        """Editions with plans."""
        editions = Edition.objects.filter(product=self.object).prefetch_related("plans").order_by("name")
        return {"editions": editions, "may_change": self.member.may("settings.change")}


class Adding(FormPage):
    """What forms that add to the catalogue share."""

    permission = "settings.change"
    button = gettext_lazy("Add")


class AddProduct(Adding):
    """A new product."""

    title = gettext_lazy("New product")
    form_class = ProductForm

    def form_options(self) -> dict[str, Any]:
        """Whose vendors."""
        return {"member": self.member}

    def back_url(self) -> str:
        """The list."""
        return reverse("subscriptions:products")

    def perform(self, form: Any) -> Product:
        """Add it."""
        data = form.cleaned_data
        return operations.add_product(
            name=data["name"], vendor=data["vendor"], tax_class=data["tax_class"], actor=self.member.actor, now=self.now
        )

    def success_url(self, result: Product) -> str:
        """Its page, to add editions."""
        return reverse("subscriptions:product", args=[result.pk])


class AddEdition(VerbView):
    """One more edition of a product."""

    permission = "settings.change"
    title = gettext_lazy("Add an edition")
    button = gettext_lazy("Add")
    object_name = "product"
    form_class = EditionForm

    def queryset(self) -> QuerySet[Product]:
        """The marketplace's."""
        return Product.objects.filter(marketplace=self.member.marketplace)

    def heading(self) -> str:
        """To what."""
        return _("Add an edition to %(product)s") % {"product": self.object}

    def back_url(self) -> str:
        """The product."""
        return reverse("subscriptions:product", args=[self.object.pk])

    def perform(self, form: Any) -> Edition:
        """Add it."""
        return operations.add_edition(
            product=self.object, name=form.cleaned_data["name"], actor=self.member.actor, now=self.now
        )


class AddPlan(VerbView):
    """One more plan of an edition."""

    permission = "settings.change"
    title = gettext_lazy("Add a plan")
    button = gettext_lazy("Add")
    object_name = "edition"
    form_class = PlanForm

    def queryset(self) -> QuerySet[Edition]:
        """The marketplace's."""
        return Edition.objects.filter(product__marketplace=self.member.marketplace).select_related("product")

    def heading(self) -> str:
        """To what."""
        return _("Add a plan to %(product)s, %(edition)s") % {"product": self.object.product, "edition": self.object}

    def back_url(self) -> str:
        """The product."""
        return reverse("subscriptions:product", args=[self.object.product_id])

    def perform(self, form: Any) -> Plan:
        """Add it."""
        return operations.add_plan(edition=self.object, actor=self.member.actor, now=self.now, **form.cleaned_data)


class DiscountList(ListPage):
    """All discounts of the marketplace."""

    permission = "settings.view"
    title = gettext_lazy("Discounts")
    counted = ngettext_lazy("%(shown)s discount", "%(shown)s discounts", "n")
    none_match = gettext_lazy("No discounts match")
    none_yet = gettext_lazy("No discounts yet")
    table_class = DiscountTable
    filters_class = DiscountFilters
    default_sort = "name"
    create_url_name = "subscriptions:discount_new"
    create_label = gettext_lazy("New discount")
    create_permission = "settings.change"

    def queryset(self) -> QuerySet[Discount]:
        """The marketplace's."""
        return Discount.objects.filter(marketplace=self.member.marketplace)

    def rows(self, found: QuerySet[Discount]) -> QuerySet[Discount]:
        """With names."""
        scope = Coalesce(F("plan__name"), F("edition__name"), F("product__name"))
        return found.select_related("company", "marketplace").annotate(scope=scope)


class AddDiscount(Adding):
    """A new discount."""

    title = gettext_lazy("New discount")
    form_class = DiscountForm

    def form_options(self) -> dict[str, Any]:
        """Whose companies and products."""
        return {"member": self.member}

    def back_url(self) -> str:
        """The list."""
        return reverse("subscriptions:discounts")

    def perform(self, form: Any) -> Discount:
        """Grant it."""
        return operations.add_discount(actor=self.member.actor, now=self.now, **form.cleaned_data)

    def success_url(self, _result: Discount) -> str:
        """The list."""
        return reverse("subscriptions:discounts")

    def message(self, result: Discount) -> str:
        """Which."""
        return _("%(discount)s applies from now on to periods that are not charged yet.") % {"discount": result}
