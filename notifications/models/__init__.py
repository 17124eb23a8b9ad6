"""Settings and deliveries of mail."""

from notifications.models.delivery import Delivery
from notifications.models.setting import NotificationSetting

__all__ = ["Delivery", "NotificationSetting"]
