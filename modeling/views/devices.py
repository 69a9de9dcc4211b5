"""The page of devices: which machines train, and what is on them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling import forms, tables
from modeling.selectors import devices
from modeling.views.base import person


@login_required
@require_safe
def devices_page(request: HttpRequest) -> HttpResponse:
    form = forms.DeviceFilter(request.GET)
    rows = devices.shown(person(request))
    if form.is_valid() and (words := form.cleaned_data["q"]):
        rows = rows.filter(Q(host__icontains=words) | Q(label__icontains=words) | Q(name__icontains=words))
    context = {"filter": form, "page": tables.DEVICES.page(request, rows)}
    return render(request, "modeling/device_list.html", context)
