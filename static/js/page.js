// Menus, dialogs, toasts, swapped regions. Pages work without this file; it makes them quicker.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const word = (name) =>
    document.querySelector("template[data-words]")?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";

  // --- announcements and toasts -------------------------------------------------------------------------
  const announce = (text) => {
    const place = byId("announce");
    if (place && text) place.textContent = text;
  };
  const toast = (tone, text) => {
    const area = byId("toasts");
    const mould = document.querySelector(`template[data-toast="${tone}"]`) ?? document.querySelector("template[data-toast]");
    if (!area || !mould || !text) return;
    const box = mould.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-text]").textContent = text;
    area.append(box);
    if (tone !== "bad") setTimeout(() => box.remove(), 6000); // errors stay
  };
  window.gavel = { toast, announce, word };

  // --- menus and dialogs --------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-dialog]");
    if (opener) byId(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-keys]")) byId("keys")?.showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) {
      const box = closer.closest("dialog");
      if (box) box.close();
      else closer.closest(".toast")?.remove();
    }
    if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
    const copied = event.target.closest("[data-copy]");
    if (copied && navigator.clipboard && !String(getSelection()))
      navigator.clipboard.writeText(copied.textContent.trim()).then(() => announce(word("copied")), () => {});
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A form is sent once: a second click on a slow network would ask for the same act again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
  });
  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  };
  addEventListener("pageshow", release); // the way back shows the page as it was left
  document.addEventListener("htmx:afterRequest", release);

  // --- lists: filter, sort and pages swap the region of the same page ------------------------------------
  const region = (from) => from.closest(".results");
  const swap = (address, place) => {
    if (!window.htmx || !place.id) return false;
    const target = `#${place.id}`;
    window.htmx
      .ajax("GET", address, { source: place, target, select: target, swap: "outerHTML" })
      .then(() => history.replaceState(history.state, "", address));
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const place = region(link);
    if (place && swap(link.href, place)) event.preventDefault();
  });
  const filterAddress = (form) => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    return `${location.pathname}?${query}`;
  };
  const filtered = (form) => {
    const place = region(form);
    if (!place || !swap(filterAddress(form), place)) form.requestSubmit();
  };
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-filter]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => filtered(form), event.target.type === "search" ? 300 : 0);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-filter]")) return;
    event.preventDefault();
    clearTimeout(waiting);
    filtered(event.target);
  });

  // --- htmx: busy, counts, toasts, failures --------------------------------------------------------------
  let typed = null;
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    // The field being typed in is replaced with its form: remember where the caret stood.
    typed = active?.name && event.detail.target?.contains(active) ? { name: active.name, value: active.value, at: active.selectionStart } : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.detail.target?.id ? byId(event.detail.target.id) : null;
    if (typed && place) {
      const field = place.querySelector(`[name="${CSS.escape(typed.name)}"]`);
      if (field) {
        field.focus({ preventScroll: true });
        if (typed.at !== null && field.setSelectionRange) {
          field.value = typed.value;
          field.setSelectionRange(typed.at, typed.at);
        }
      }
    }
    typed = null;
    announce(place?.querySelector("[role=status]")?.textContent.trim());
  });
  document.addEventListener("toast", (event) => toast(event.detail.tone ?? "ok", event.detail.text ?? event.detail.value));
  document.addEventListener("htmx:responseError", () => toast("bad", word("failed")));
  document.addEventListener("htmx:sendError", () => toast("bad", word("offline")));
  // Polling rests while nobody looks.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const trigger = event.detail.elt?.getAttribute?.("hx-trigger") ?? "";
    if (document.hidden && trigger.startsWith("every")) event.preventDefault();
  });
})();
