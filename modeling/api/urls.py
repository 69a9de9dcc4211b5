"""Addresses of the modeling API."""

from rest_framework.routers import SimpleRouter

from modeling.api import alerts, devices, guides, sweeps, views

router = SimpleRouter(trailing_slash=False)
router.register("backbones", views.BackboneViewSet)
router.register("sweeps", sweeps.SweepViewSet)
router.register("devices", devices.DeviceViewSet)
router.register("backbone-guides", guides.GuideViewSet)
router.register("training-plans", views.PlanViewSet)
router.register("training-runs", views.RunViewSet)
router.register("metric-alerts", alerts.AlertViewSet)
router.register("model-versions", views.ModelViewSet)

urlpatterns = router.urls
