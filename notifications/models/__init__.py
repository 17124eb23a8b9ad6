"""Settings, texts and deliveries of mail."""

from notifications.models.bounce import BouncedAddress
from notifications.models.delivery import Delivery, DeliveryAttempt
from notifications.models.setting import Audience, NotificationSetting, Protection
from notifications.models.template import MailTemplate, MailTemplateVersion

__all__ = [
    "Audience",
    "BouncedAddress",
    "Delivery",
    "DeliveryAttempt",
    "MailTemplate",
    "MailTemplateVersion",
    "NotificationSetting",
    "Protection",
]
