"""Addresses of the governance API."""

from rest_framework.routers import SimpleRouter

from governance.api import views

router = SimpleRouter(trailing_slash=False)
router.register("users", views.UserViewSet)
router.register("teams", views.TeamViewSet)
router.register("departments", views.DepartmentViewSet)
router.register("tokens", views.TokenViewSet)
router.register("standards", views.StandardViewSet)
router.register("standard-versions", views.StandardVersionViewSet)
router.register("decisions", views.DecisionViewSet)
router.register("permits", views.PermitViewSet)
router.register("ledger", views.LedgerViewSet)
router.register("notices", views.NoticeViewSet)

urlpatterns = router.urls
