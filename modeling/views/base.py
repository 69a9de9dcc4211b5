"""What the pages share: the signed-in person, a row they may see, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from governance.exceptions import DomainError
from governance.models import User


def person(request: HttpRequest) -> User:
    """The signed-in user; `login_required` stands before every page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def seen(request: HttpRequest, model: Any, uid: str, *related: str) -> Any:
    """One row the reader may see. Raises Http404."""
    row = model.objects.visible_to(person(request)).select_related(*related).filter(uid=uid).first()
    if row is None:
        raise Http404
    return row


def acted(request: HttpRequest, act: Callable[[], Any], done: Any, back: Any) -> HttpResponse:
    """Carry out a POST: its message or its refusal, then the page `back`."""
    try:
        act()
    except DomainError as error:
        messages.error(request, f"{error.text} {error.next_step}")
    else:
        messages.success(request, done)
    return redirect(back)


def form_page(
    request: HttpRequest,
    form: forms.Form,
    template: str,
    act: Callable[[], Any],
    done: Any,
    **context: Any,
) -> HttpResponse:
    """A form page: valid input goes to the action; a refusal is shown in the form with its own status."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                result = act()
            except DomainError as error:
                form.add_error(None, f"{error.text} {error.next_step}")
                status = error.status
            else:
                messages.success(request, done)
                return redirect(result)
    return render(request, template, {"form": form, **context}, status=status)
