"""Addresses of the governance API."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from governance.api import channels, drafts, organisation, views

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
router.register("notices", channels.NoticeViewSet)
router.register("channels", channels.ChannelViewSet, basename="channel")

DRAFT = "standard-versions/<str:uid>/"
DRAFT_RULE = f"{DRAFT}rules/<str:object_name>/<str:rule_id>"

urlpatterns = [
    path("users/import", organisation.PeopleImport.as_view(), name="people_import"),
    path("users/export", organisation.PeopleExport.as_view(), name="people_export"),
    path("users/<str:uid>/memberships", organisation.UserMemberships.as_view(), name="user_memberships"),
    path("users/<str:uid>/reactivate", organisation.UserReactivate.as_view(), name="user_reactivate"),
    path("teams/<str:uid>/memberships", organisation.TeamMemberships.as_view(), name="team_memberships"),
    path("teams/<str:uid>/leave", organisation.TeamLeave.as_view(), name="team_leave"),
    path(f"{DRAFT}branch", drafts.Branch.as_view(), name="standard_branch"),
    path(f"{DRAFT}export/<slug:form>", drafts.Export.as_view(), name="standard_export"),
    path(DRAFT_RULE, drafts.RuleOne.as_view(), name="draft_rule"),
    path(f"{DRAFT}columns/<str:object_name>/<str:column>", drafts.ColumnOne.as_view(), name="draft_column"),
    path(f"{DRAFT}text", drafts.Text.as_view(), name="draft_text"),
    path(f"{DRAFT}edits", drafts.EditList.as_view(), name="draft_edits"),
    path(f"{DRAFT}edits/<int:edit>/restore", drafts.EditRestore.as_view(), name="draft_restore"),
    *router.urls,
]
