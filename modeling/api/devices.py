"""The devices runs are trained on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from modeling.models import Device
from modeling.selectors import devices


class DeviceSerializer(serializers.ModelSerializer[Device]):
    busy = serializers.BooleanField(read_only=True)
    present = serializers.BooleanField(source="here", read_only=True, help_text="heard of within 2 minutes")
    run = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = ["host", "name", "kind", "label", "memory_bytes", "seen_at", "present", "busy", "run"]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(help_text="uid of the run on it, if you may see it"))
    def get_run(self, device: Any) -> str:
        return device.on_it[0].uid if device.on_it else ""


class DeviceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Device]):
    """What machines with a worker said they have."""

    queryset = Device.objects.none()
    serializer_class = DeviceSerializer
    filterset_fields = ("host", "kind")
    ordering_fields = ("host", "name", "seen_at")

    def get_queryset(self) -> Any:
        return devices.shown(self.request.user)  # type: ignore[arg-type]
